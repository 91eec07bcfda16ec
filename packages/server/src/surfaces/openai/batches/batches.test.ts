import { Batches, Files } from "@loam/platform";
import type OpenAI from "openai";
import { toFile } from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openaiClient, refusal, startChatServer } from "../../../../test/openai-client.ts";
import type { TestServer } from "../../../../test/running.ts";

let server: TestServer;
let model: string;
let client: OpenAI;
beforeAll(async () => {
  ({ server, model } = await startChatServer());
  client = openaiClient(server);
});
afterAll(() => server?.end());

const request = (i: number, body: object = {}) => ({
  custom_id: `r${i}`,
  method: "POST",
  url: "/v1/chat/completions",
  body: { model, messages: [{ role: "user", content: `q${i}` }], max_tokens: 2, temperature: 0, ...body },
});
const put = async (rows: readonly (object | string)[], purpose: OpenAI.FilePurpose = "batch") => {
  const text = rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row))).join("\n");
  return (await client.files.create({ file: await toFile(Buffer.from(text), "b.jsonl"), purpose })).id;
};
const start = async (rows: readonly (object | string)[]) =>
  await client.batches.create({
    input_file_id: await put(rows),
    endpoint: "/v1/chat/completions",
    completion_window: "24h",
  });
const end = async (id: string) => {
  await expect
    .poll(async () => (await client.batches.retrieve(id)).status, { timeout: 30_000 })
    .toMatch(/completed|failed|cancelled/);
  return await client.batches.retrieve(id);
};
const lines = async (fileId: string) =>
  (await (await client.files.content(fileId)).text())
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

test("answers and refusals go into their files, as the routes would have said them", async () => {
  const batch = await end(
    (await start([request(0), request(1, { temperature: 9 }), request(2), request(3, { stream: true })])).id,
  );
  expect(batch).toMatchObject({ status: "completed", request_counts: { total: 4, completed: 2, failed: 2 } });
  const answered = await lines(batch.output_file_id!);
  expect(answered.map(({ custom_id }) => custom_id).sort()).toEqual(["r0", "r2"]);
  expect(answered[0].response.body.object).toBe("chat.completion");
  const refused = await lines(batch.error_file_id!);
  expect(refused.map(({ response }) => [response.status_code, response.body.error.param]).sort()).toEqual([
    [400, "stream"],
    [400, "temperature"],
  ]);
});

test("every bad line is told by number, and nothing is answered", async () => {
  const rows = [
    request(0),
    "{",
    request(0),
    { ...request(1), url: "/v1/embeddings" },
    { ...request(2), method: "GET" },
  ];
  const batch = await end((await start(rows)).id);
  expect(batch.status).toBe("failed");
  expect(batch.errors!.data!.map(({ line, code }) => [line, code])).toEqual([
    [2, "invalid_json_line"],
    [3, "duplicate_custom_id"],
    [4, "mismatched_url"],
    [5, "invalid_method"],
  ]);
  const empty = await end((await start([""])).id);
  expect(empty.errors!.data![0]!.code).toBe("empty_file");
});

test("a batch whose worker was lost goes on, and each custom_id is answered once", async () => {
  const batch = await start(Array.from({ length: 12 }, (_, i) => request(i)));
  const { batches } = server.platform;
  await expect
    .poll(async () => (await batches.get("", batch.id)).body.completed, { timeout: 30_000, interval: 20 })
    .toBeGreaterThan(0);
  const { workId } = (await batches.rows.get("", batch.id)).body;
  // Another worker takes it up while the first still has requests in hand, as after a lease that ran out.
  await server.store.db.execute(`update work set lease = 'another', leased_until = now() where id = '${workId}'`);
  const done = await end(batch.id);
  expect(done.request_counts).toEqual({ total: 12, completed: 12, failed: 0 });
  const ids = (await lines(done.output_file_id!)).map(({ custom_id }) => custom_id);
  expect(ids.sort()).toEqual(Array.from({ length: 12 }, (_, i) => `r${i}`).sort());
});

test("a cancelled batch keeps what is done", async () => {
  const { id } = await start(Array.from({ length: 60 }, (_, i) => request(i, { max_tokens: 60 })));
  await client.batches.cancel(id);
  const batch = await end(id);
  expect(batch.status).toBe("cancelled");
  expect(batch.request_counts!.completed).toBeLessThan(60);
  expect((await refusal(client.batches.cancel(id))).status).toBe(400);
});

test("a batch that is being cancelled only ends, whatever its worker was about to do", async () => {
  const { id } = await start([request(0)]);
  await end(id);
  const batches = new Batches(server.store, new Files(server.store), async () => {});
  const { project } = (await batches.rows.find("", id))!;
  const cancelling = await batches.rows.update(project, id, { status: "cancelling" });
  expect((await batches.enter(cancelling, "in_progress", { total: 1 })).status).toBe("cancelling");
  expect((await batches.enter(cancelling, "finalizing")).status).toBe("cancelling");
  expect((await batches.finish(cancelling, "cancelled")).status).toBe("cancelled");
});

test("what a batch cannot be made of is named", async () => {
  const create = (body: object) =>
    refusal(
      client.batches.create({
        endpoint: "/v1/chat/completions",
        completion_window: "24h",
        input_file_id: "file-nope",
        ...body,
      }),
    );
  expect((await create({})).param).toBe("input_file_id");
  expect((await create({ input_file_id: await put([request(0)], "user_data") })).param).toBe("input_file_id");
  expect((await create({ endpoint: "/v1/images" })).param).toBe("endpoint");
});
