import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type OpenAI from "openai";
import { toFile } from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openaiClient, refusal, startChatServer } from "../../../../test/openai-client.ts";
import type { TestServer } from "../../../../test/running.ts";

interface Heard {
  headers: Record<string, string>;
  body: string;
}

let server: TestServer;
let model: string;
let client: OpenAI;
let receiver: Server;
let url: string;
const heard: Heard[] = [];
/** What the receiver answers next; then 204. */
const answers: number[] = [];

beforeAll(async () => {
  ({ server, model } = await startChatServer());
  client = openaiClient(server);
  receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      heard.push({ headers: request.headers as Record<string, string>, body });
      const status = answers.shift() ?? 204;
      response.writeHead(status, status === 302 ? { location: `${url}/elsewhere` } : {}).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});
afterAll(async () => {
  receiver?.close();
  await server?.end();
});

const about = (id: string) => heard.filter(({ body }) => JSON.parse(body).data.id === id);
const arrived = async (id: string, times = 1) => {
  await expect.poll(() => about(id).length, { timeout: 20_000 }).toBe(times);
  return about(id);
};

test("endpoints are kept as the client has them; the secret is told once", async () => {
  const made = await client.webhooks.create({ name: "mine", url, event_types: ["batch.completed", "batch.completed"] });
  expect(made).toMatchObject({ object: "webhook_endpoint", name: "mine", url, event_types: ["batch.completed"] });
  expect(made.signing_secret).toMatch(/^whsec_/);
  const found = await client.webhooks.retrieve(made.id);
  expect(found).not.toHaveProperty("signing_secret");
  expect(found.signing_secret_hint).toContain(made.signing_secret.slice(-4));
  const changed = await client.webhooks.update(made.id, { name: "yours" });
  expect(changed).toMatchObject({ name: "yours", url, event_types: ["batch.completed"] });
  const listed: string[] = [];
  for await (const { id } of client.webhooks.list({ limit: 1 })) listed.push(id);
  expect(listed).toEqual([made.id]);
  expect((await client.webhooks.eventTypes.list()).data).toContain("fine_tuning.job.succeeded");
  expect(await client.webhooks.delete(made.id)).toMatchObject({ deleted: true, object: "webhook_endpoint.deleted" });
  expect((await refusal(client.webhooks.retrieve(made.id))).status).toBe(404);
});

test("the end of a response in the background is told, tried again under the same id, and accepted by the client", async () => {
  const { id, signing_secret } = await client.webhooks.create({
    name: "responses",
    url,
    event_types: ["response.completed", "response.incomplete"],
  });
  answers.push(500);
  const response = await client.responses.create({ model, input: "a", max_output_tokens: 16, background: true });
  const tries = await arrived(response.id, 2);
  expect(new Set(tries.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  for (const { headers, body } of tries) {
    const event = await client.webhooks.unwrap(body, headers, signing_secret);
    expect(event).toMatchObject({ object: "event", data: { id: response.id }, id: headers["webhook-id"] });
    expect(["response.completed", "response.incomplete"]).toContain(event.type);
    await expect(client.webhooks.unwrap(`${body} `, headers, signing_secret)).rejects.toThrow(/signature/);
  }
  await client.webhooks.delete(id);
});

test("batches, runs of evals and cancelled responses are told; nobody hears of what they did not ask for", async () => {
  const { id, signing_secret } = await client.webhooks.create({
    name: "rest",
    url,
    event_types: ["batch.failed", "eval.run.succeeded", "response.cancelled"],
  });
  const file = await client.files.create({ file: await toFile(Buffer.from("{\n"), "b.jsonl"), purpose: "batch" });
  const batch = await client.batches.create({
    input_file_id: file.id,
    endpoint: "/v1/chat/completions",
    completion_window: "24h",
  });
  const evaluation = await client.evals.create({
    data_source_config: { type: "custom", item_schema: { type: "object" } },
    testing_criteria: [{ type: "string_check", name: "same", input: "{{item.a}}", reference: "1", operation: "eq" }],
  });
  const source = { type: "file_content" as const, content: [{ item: { a: "1" } }] };
  const run = await client.evals.runs.create(evaluation.id, { data_source: { type: "jsonl", source } });
  const quiet = await client.responses.create({ model, input: "a", max_output_tokens: 16, background: true });
  const long = await client.responses.create({ model, input: "a", max_output_tokens: 200, background: true });
  await client.responses.cancel(long.id);
  for (const [about, type] of [
    [batch.id, "batch.failed"],
    [run.id, "eval.run.succeeded"],
    [long.id, "response.cancelled"],
  ] as const) {
    const [{ headers, body }] = (await arrived(about)) as [Heard];
    expect(await client.webhooks.unwrap(body, headers, signing_secret)).toMatchObject({ type });
  }
  await expect.poll(async () => (await client.responses.retrieve(quiet.id)).status).toMatch(/completed|incomplete/);
  expect(about(quiet.id)).toEqual([]);
  await client.webhooks.delete(id);
});

test("a test says what the receiver answered; a rotated secret may sign beside the new one", async () => {
  const { id, signing_secret: old } = await client.webhooks.create({ name: "t", url, event_types: ["video.failed"] });
  answers.push(302, 418);
  expect(await client.webhooks.test(id, { event_type: "batch.completed" })).toMatchObject({ status_code: 302 });
  expect(await client.webhooks.test(id, { event_type: "batch.completed" })).toMatchObject({ status_code: 418 });
  const { signing_secret: second } = await client.webhooks.rotateSecret(id, {
    keep_old_secret_active_for_24_hours: true,
  });
  await client.webhooks.test(id, { event_type: "batch.completed" });
  const both = heard.at(-1)!;
  for (const secret of [old, second]) await client.webhooks.unwrap(both.body, both.headers, secret);
  const { signing_secret: third } = await client.webhooks.rotateSecret(id);
  await client.webhooks.test(id, { event_type: "batch.completed" });
  const last = heard.at(-1)!;
  await client.webhooks.unwrap(last.body, last.headers, third);
  await expect(client.webhooks.unwrap(last.body, last.headers, second)).rejects.toThrow(/signature/);
  await client.webhooks.update(id, { url: "http://127.0.0.1:1/" });
  const refused = await refusal(client.webhooks.test(id, { event_type: "batch.completed" }));
  expect([refused.status, refused.code]).toEqual([400, "webhook_delivery_failed"]);
});

test("what may not be called is refused by its address", async () => {
  const create = (to: string) =>
    refusal(client.webhooks.create({ name: "x", url: to, event_types: ["batch.completed"] }));
  for (const to of [
    "http://10.0.0.1/",
    "https://169.254.169.254/latest",
    "https://[::ffff:a9fe:a9fe]/",
    "file:///etc/passwd",
  ]) {
    expect(await create(to)).toMatchObject({ status: 400, param: "url" });
  }
  const named = await client.webhooks.create({
    name: "x",
    url: "https://loam.invalid/",
    event_types: ["video.failed"],
  });
  expect((await refusal(client.webhooks.test(named.id, { event_type: "video.failed" }))).status).toBe(400);
  const unknown = await refusal(
    client.webhooks.create({ name: "x", url, event_types: ["batch.complete"] as unknown as ["batch.completed"] }),
  );
  expect(unknown.param).toBe("event_types[0]");
});
