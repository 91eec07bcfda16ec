import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@loam/core";
import { importAccount, importedKinds } from "@loam/platform";
import type OpenAI from "openai";
import { toFile } from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openaiClient, refusal, startChatServer } from "../../../../test/openai-client.ts";
import { startTestServer, type TestServer } from "../../../../test/running.ts";

let server: TestServer;
let model: string;
let client: OpenAI;
beforeAll(async () => {
  ({ server, model } = await startChatServer());
  client = openaiClient(server);
});
afterAll(() => server?.end());

const row = (i: number) => ({
  input: { messages: [{ role: "user", content: `Say colour ${i}.` }] },
  preferred_output: [{ role: "assistant", content: ["red", "blue", "green"][i % 3] }],
  non_preferred_output: [{ role: "assistant", content: "I would rather not." }],
});
const put = async (rows: readonly object[]) =>
  (
    await client.files.create({
      file: await toFile(Buffer.from(rows.map((one) => JSON.stringify(one)).join("\n")), "pairs.jsonl"),
      purpose: "fine-tune",
    })
  ).id;
const end = async (id: string) => {
  await expect
    .poll(async () => (await client.fineTuning.jobs.retrieve(id)).status, { timeout: 60_000, interval: 200 })
    .toMatch(/succeeded|failed/);
  return await client.fineTuning.jobs.retrieve(id);
};

test("preferences are learned by a job, whose model then prefers them", async () => {
  const training_file = await put(Array.from({ length: 12 }, (_, i) => row(i)));
  const job = await client.fineTuning.jobs.create({
    model,
    training_file,
    validation_file: await put([row(0), row(1)]),
    seed: 7,
    integrations: [{ type: "wandb", wandb: { project: "preferences", name: "colours", tags: ["small"] } }],
    method: {
      type: "dpo",
      dpo: { hyperparameters: { beta: 0.3, n_epochs: 2, batch_size: 4, learning_rate_multiplier: 10 } },
    },
  });
  expect(job.method).toEqual({
    type: "dpo",
    dpo: { hyperparameters: { beta: 0.3, n_epochs: 2, batch_size: 4, learning_rate_multiplier: 10 } },
  });
  const done = await end(job.id);
  expect([done.status, done.error]).toEqual(["succeeded", null]);
  expect(done.trained_tokens).toBeGreaterThan(12);
  const steps: { train_loss: number; train_reward_margins: number }[] = [];
  for await (const { type, data } of client.fineTuning.jobs.listEvents(job.id, { limit: 100 }))
    if (type === "metrics") steps.unshift(data as (typeof steps)[number]);
  expect(steps).toHaveLength(6);
  expect(steps[0]!.train_loss).toBeCloseTo(Math.LN2, 5);
  expect(steps.at(-1)!.train_reward_margins).toBeGreaterThan(0);
  expect(done.integrations).toEqual(job.integrations);
  const kept = await fetch(`${server.url}/api/runs/${job.id.replace("-", "")}`);
  const run = (await kept.json()) as Record<string, unknown>;
  expect(run).toMatchObject({ experiment: "preferences", name: "colours", status: "finished" });
  const { choices } = await client.chat.completions.create({
    model: done.fine_tuned_model!,
    messages: [{ role: "user", content: "Say colour 1." }],
    max_tokens: 3,
  });
  expect(choices[0]!.message.role).toBe("assistant");
}, 90_000);

test("a grader's scores are learned from by a job, which pauses, goes on, and tells its rewards", async () => {
  const question = (i: number) => ({
    messages: [{ role: "user", content: `Say letter ${i}.` }],
    reference_answer: "abcdefgh"[i % 8],
  });
  const grader = {
    ...{ type: "multi" as const, name: "both", calculate_output: "0.5 * same + 0.5 * near" },
    graders: {
      same: {
        ...{ type: "string_check" as const, name: "same", operation: "like" as const },
        ...{ input: "{{sample.output_text}}", reference: "{{item.reference_answer}}" },
      },
      near: {
        ...{ type: "text_similarity" as const, name: "near", evaluation_metric: "fuzzy_match" as const },
        ...{ input: "{{sample.output_text}}", reference: "{{item.reference_answer}}" },
      },
    },
  };
  const hyperparameters = { n_epochs: 2, batch_size: 4, learning_rate_multiplier: 2, compute_multiplier: 0.5 };
  const recipe = { objective: { max_new_tokens: 4 } };
  const create = async (judge: object) =>
    await client.fineTuning.jobs.create({
      ...{ model, seed: 3, training_file: await put(Array.from({ length: 12 }, (_, i) => question(i))) },
      validation_file: await put([question(1), question(2)]),
      method: { type: "reinforcement", reinforcement: { grader: judge as never, hyperparameters, recipe } as never },
    });
  const job = await create(grader);
  expect(job.method!.reinforcement).toMatchObject({
    grader,
    hyperparameters: { compute_multiplier: 0.5, eval_samples: "auto" },
  });
  await client.fineTuning.jobs.pause(job.id);
  await expect
    .poll(async () => (await client.fineTuning.jobs.retrieve(job.id)).status, { timeout: 60_000 })
    .toBe("paused");
  await client.fineTuning.jobs.resume(job.id);
  const done = await end(job.id);
  expect([done.status, done.error]).toEqual(["succeeded", null]);
  expect(done.method!.reinforcement!.hyperparameters).toMatchObject({ eval_interval: 3, eval_samples: 1 });
  const told: Record<string, number>[] = [];
  for await (const { type, data } of client.fineTuning.jobs.listEvents(job.id, { limit: 100 }))
    if (type === "metrics") told.unshift(data as (typeof told)[number]);
  const rewards = told.flatMap(({ train_reward_mean }) => train_reward_mean ?? []);
  expect(rewards).toHaveLength(6);
  for (const reward of rewards) expect(reward >= 0 && reward <= 1).toBe(true);
  expect(told.filter((data) => "valid_reward_mean" in data)).toHaveLength(2);
  const csv = await (await client.files.content(done.result_files[0]!)).text();
  expect(csv.split("\n")[0]).toBe("step,train_loss,train_reward_mean,valid_reward_mean");
  const [checkpoint] = (await client.fineTuning.jobs.checkpoints.list(job.id)).data;
  expect(checkpoint!.metrics).toMatchObject({ valid_reward_mean: expect.any(Number) });
  const lost = await end((await create({ ...grader.graders.same, reference: "{{item.lost}}" })).id);
  expect(lost.error).toMatchObject({ code: "grader_failed", message: expect.stringContaining("{{item.lost}}") });
  const python = await refusal(create({ type: "python", name: "p", source: "def grade(): pass" }));
  expect([python.status, python.param]).toEqual([400, "method.reinforcement.grader.type"]);
}, 120_000);

test("what is wrong with a pair is told by its line and path", async () => {
  const rows: object[] = Array.from({ length: 10 }, (_, i) => row(i));
  rows[2] = { ...row(2), non_preferred_output: [{ role: "user", content: "x" }] };
  rows[4] = { ...row(4), preferred_output: [{ role: "assistant", content: 5 }] };
  rows[6] = { messages: [{ role: "user", content: "a" }] };
  const job = await client.fineTuning.jobs.create({
    model,
    training_file: await put(rows),
    method: { type: "dpo" },
  });
  expect((job.method as { dpo: object }).dpo).toMatchObject({ hyperparameters: { beta: "auto" } });
  const { error } = await end(job.id);
  expect(error!.code).toBe("invalid_training_file");
  for (const place of [
    "Line 3, `non_preferred_output[0].role`",
    "Line 5, `preferred_output[0].content`",
    "Line 7, `input`",
  ])
    expect(error!.message).toContain(place);
  const refused = await refusal(
    client.fineTuning.jobs.create({
      model,
      training_file: await put(rows),
      method: { type: "dpo", dpo: { hyperparameters: { beta: -1 } } },
    }),
  );
  expect(refused.param).toBe("method.dpo.hyperparameters.beta");
});

test("what an account holds is imported into another server under its ids, and twice changes nothing", async () => {
  const criterion = {
    ...{ type: "string_check" as const, name: "same", operation: "eq" as const },
    ...{ input: "{{item.a}}", reference: "b" },
  };
  const evaluation = await client.evals.create({
    name: "letters",
    data_source_config: { type: "custom", item_schema: { type: "object", properties: { a: { type: "string" } } } },
    testing_criteria: [criterion],
  });
  const content = [{ item: { a: "b" } }, { item: { a: "c" } }];
  const run = await client.evals.runs.create(evaluation.id, {
    ...{ name: "first", data_source: { type: "jsonl", source: { type: "file_content", content } } },
  });
  const vectorStore = await client.vectorStores.create({ name: "notes", metadata: { of: "tests" } });
  const note = await client.files.create({
    file: await toFile(Buffer.from("The sea is blue."), "sea.txt"),
    purpose: "assistants",
  });
  await client.vectorStores.files.createAndPoll(vectorStore.id, { file_id: note.id, attributes: { about: "sea" } });
  const tools = [{ type: "file_search" as const }];
  const assistant = await client.beta.assistants.create({
    ...{ model, tools, tool_resources: { file_search: { vector_store_ids: [vectorStore.id] } }, name: "Reader" },
  });
  const thread = await client.beta.threads.create({
    messages: [{ role: "user", content: "Hello" }],
    metadata: { a: "1" },
  });
  for (const text of ["Again", "And again"])
    await client.beta.threads.messages.create(thread.id, { role: "user", content: text });
  await expect
    .poll(async () => (await client.evals.runs.retrieve(run.id, { eval_id: evaluation.id })).status, {
      timeout: 30_000,
    })
    .toBe("completed");

  const home = await mkdtemp(join(tmpdir(), "loam-other-"));
  const env = { LOAM_HOME: home, PATH: process.env.PATH };
  // A process is traced into one store.
  const flags = { tracing: { enabled: false } };
  const load = () => loadConfig({ cwd: home, env, userFile: join(home, "config.json"), flags });
  const other = await startTestServer({ load });
  try {
    const take = () =>
      importAccount(other.store, {
        baseUrl: `${server.url}/v1`,
        apiKey: "sk-local",
        threads: [thread.id, "thread_lost"],
      });
    const reports = await take();
    expect(reports.map(({ kind }) => kind)).toEqual(importedKinds);
    const lost = reports.flatMap(({ leftOut }) => leftOut);
    expect(lost).toEqual([{ id: "thread_lost", reason: expect.stringContaining("thread_lost") }]);
    for (const { kind, imported } of reports) expect([kind, imported > 0]).toEqual([kind, true]);
    const there = openaiClient(other);
    await expect
      .poll(async () => (await there.vectorStores.retrieve(vectorStore.id)).file_counts.completed, { timeout: 30_000 })
      .toBe(1);
    const seen = async (of: OpenAI) => {
      const [job] = (await of.fineTuning.jobs.list()).data;
      const query = { eval_id: evaluation.id };
      const { last_active_at: _, expires_at: __, ...store } = await of.vectorStores.retrieve(vectorStore.id);
      return {
        ...{ store, job },
        events: (await of.fineTuning.jobs.listEvents(job!.id, { limit: 100 })).data,
        checkpoints: (await of.fineTuning.jobs.checkpoints.list(job!.id)).data,
        jobs: (await of.fineTuning.jobs.list()).data.map(({ id, status, error, method }) => ({
          id,
          status,
          error,
          method,
        })),
        files: (await of.files.list()).data,
        bytes: await (await of.files.content(note.id)).text(),
        found: (await of.vectorStores.search(vectorStore.id, { query: "sea" })).data.map(
          ({ attributes }) => attributes,
        ),
        assistant: await of.beta.assistants.retrieve(assistant.id),
        thread: await of.beta.threads.retrieve(thread.id),
        messages: (await of.beta.threads.messages.list(thread.id)).data,
        evaluation: await of.evals.retrieve(evaluation.id),
        run: await of.evals.runs.retrieve(run.id, query),
        items: (await of.evals.runs.outputItems.list(run.id, query)).data,
      };
    };
    const [theirs, ours] = [await seen(client), await seen(there)];
    expect(ours).toEqual(theirs);
    expect((await there.models.list()).data.map(({ id }) => id)).not.toContain(ours.job!.fine_tuned_model);
    const again = await take();
    expect(again.map(({ imported }) => imported)).toEqual(importedKinds.map(() => 0));
    expect(await seen(there)).toEqual(theirs);
    const refused = importAccount(other.store, { baseUrl: "http://127.0.0.1:9/v1", apiKey: "x", kinds: ["evals"] });
    await expect(refused).rejects.toMatchObject({ code: "unavailable" });
  } finally {
    await other.end();
    await rm(home, { recursive: true, force: true });
  }
}, 120_000);
