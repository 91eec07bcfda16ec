import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tinyChatModel } from "@loam/models/testing";
import OpenAI, { toFile } from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";

let home: string;
let model: string;
let child: ChildProcess | undefined;
let client: OpenAI;

const start = async () => {
  child = spawn(process.execPath, [join(import.meta.dirname, "served-process.ts"), home, model], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [url] = (await once(child.stdout!, "data")) as [Buffer];
  client = new OpenAI({ baseURL: `${url.toString().trim()}/v1`, apiKey: "none", maxRetries: 0 });
};
const kill = async () => {
  const gone = once(child!, "exit");
  child!.kill("SIGKILL");
  await gone;
};

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "loam-killed-"));
  model = tinyChatModel();
  await start();
});
afterAll(async () => {
  await kill();
  for (const folder of [home, model]) await rm(folder, { recursive: true, force: true });
});

const until = async <T>(look: () => Promise<T>, isSo: (seen: T) => boolean) => {
  let seen = await look();
  await expect.poll(async () => isSo((seen = await look())), { timeout: 60_000, interval: 50 }).toBe(true);
  return seen;
};
const put = async (rows: readonly object[], purpose: OpenAI.FilePurpose) => {
  const text = rows.map((row) => JSON.stringify(row)).join("\n");
  return (await client.files.create({ file: await toFile(Buffer.from(text), "rows.jsonl"), purpose })).id;
};

test("what a killed server was in the midst of goes on, or ends and says so", async () => {
  const ids = Array.from({ length: 30 }, (_, i) => `r${i}`);
  const requests = ids.map((custom_id) => ({
    ...{ custom_id, method: "POST", url: "/v1/chat/completions" },
    body: { model, messages: [{ role: "user", content: custom_id }], max_tokens: 40, temperature: 0 },
  }));
  const batch = await client.batches.create({
    input_file_id: await put(requests, "batch"),
    endpoint: "/v1/chat/completions",
    completion_window: "24h",
  });
  const conversation = (i: number) => ({
    messages: [
      { role: "user", content: `Say ${i}.` },
      { role: "assistant", content: `colour ${i % 5}` },
    ],
  });
  const job = await client.fineTuning.jobs.create({
    model,
    training_file: await put(
      Array.from({ length: 20 }, (_, i) => conversation(i)),
      "fine-tune",
    ),
    method: {
      type: "supervised",
      supervised: {
        hyperparameters: { n_epochs: 8, batch_size: 2 },
        recipe: { checkpoint_every_steps: 5, token_accuracy: false },
      } as OpenAI.FineTuning.SupervisedMethod,
    },
  });
  const steps = async () => {
    const numbers: number[] = [];
    for await (const { type, data } of client.fineTuning.jobs.listEvents(job.id, { limit: 100 }))
      if (type === "metrics") numbers.unshift((data as { step: number }).step);
    return numbers;
  };
  await until(
    () => client.batches.retrieve(batch.id),
    ({ request_counts }) => request_counts!.completed > 2,
  );
  await until(steps, (told) => told.length > 6);
  const long = { model, input: "Tell me a long story.", max_output_tokens: 900, temperature: 0 };
  const heard = await client.responses.create({ ...long, background: true });
  const assistant = await client.beta.assistants.create({ model });
  const run = await client.beta.threads.createAndRun({
    assistant_id: assistant.id,
    thread: { messages: [{ role: "user", content: "Hello" }] },
    max_completion_tokens: 900,
    temperature: 0,
  });
  const thread_id = run.thread_id;
  await until(
    () => client.responses.retrieve(heard.id),
    ({ status }) => status !== "queued",
  );
  const acknowledged = await client.responses.create({ ...long, background: true });
  await kill();

  await start();
  const done = await until(
    () => client.batches.retrieve(batch.id),
    ({ status }) => ["completed", "failed", "expired"].includes(status),
  );
  expect(done.status).toBe("completed");
  const output = (await (await client.files.content(done.output_file_id!)).text()).trim().split("\n");
  expect(output.map((line) => JSON.parse(line).custom_id).sort()).toEqual([...ids].sort());

  const cut = await until(
    () => client.responses.retrieve(heard.id),
    ({ status }) => status !== "in_progress" && status !== "queued",
  );
  expect(["failed", "incomplete"]).toContain(cut.status); // unless it was quicker than the signal
  if (cut.status === "failed") expect(cut.error).toMatchObject({ code: "server_error" });
  const events: string[] = [];
  for await (const { type } of await client.responses.retrieve(heard.id, { stream: true })) events.push(type);
  expect([events[0], events.at(-1)]).toEqual(["response.created", `response.${cut.status}`]);
  const kept = await until(
    () => client.responses.retrieve(acknowledged.id),
    ({ status }) => status !== "in_progress" && status !== "queued",
  );
  expect(["completed", "incomplete", "failed"]).toContain(kept.status);

  const ended = await until(
    () => client.beta.threads.runs.retrieve(run.id, { thread_id }),
    ({ status }) => !["queued", "in_progress"].includes(status),
  );
  expect(["completed", "incomplete"]).toContain(ended.status);
  const messages = await client.beta.threads.messages.list(thread_id);
  expect(messages.data.map(({ role }) => role)).toEqual(["assistant", "user"]);

  const tuned = await until(
    () => client.fineTuning.jobs.retrieve(job.id),
    ({ status }) => status === "succeeded" || status === "failed",
  );
  expect([tuned.status, tuned.error]).toEqual(["succeeded", null]);
  expect(await steps()).toEqual(Array.from({ length: 80 }, (_, i) => i + 1));
}, 120_000);
