import { afterAll, expect, test } from "vitest";
import { openaiClient, refusal, startChatServer } from "../../../../test/openai-client.ts";

const { server, model } = await startChatServer();
const client = openaiClient(server);
afterAll(() => server.end());

const under = (key: string) => ({ headers: { "Idempotency-Key": key } });
const file = (text: string) => new File([text], "a.jsonl");

test("the same request under a key makes one object; another one is refused", async () => {
  const make = (name: string) => client.beta.assistants.create({ model, name }, under("object"));
  const [first, second] = [await make("a"), await make("a")];
  expect(second).toEqual(first);
  const error = await refusal(make("b"));
  expect([error.status, error.code]).toEqual([400, "idempotency_key_reused"]);
});

test("a stream comes again event by event; the same key does not name the answer that is no stream", async () => {
  const messages = [{ role: "user" as const, content: "Hi" }];
  const stream = async (maxTokens: number) => {
    const request = { model, messages, max_tokens: maxTokens, stream: true } as const;
    return await Array.fromAsync(await client.chat.completions.create(request, under("stream")));
  };
  const first = await stream(6);
  expect(first.length).toBeGreaterThan(2);
  expect(await stream(6)).toEqual(first);
  await expect(stream(7)).rejects.toMatchObject({ code: "idempotency_key_reused" });
});

test("a stream that was left in the middle is written anew under its key", async () => {
  const messages = [{ role: "user" as const, content: "Hi" }];
  const request = { model, messages, max_tokens: 8, stream: true as const };
  const left = await client.chat.completions.create({ ...request, logit_bias: { "257": -100 } }, under("left"));
  let id = "";
  for await (const chunk of left) {
    id = chunk.id;
    break;
  }
  const all = async () => await Array.fromAsync(await client.chat.completions.create(request, under("left again")));
  const again = await all();
  expect(again[0]!.id).not.toBe(id);
  expect(await all()).toEqual(again);
});

test("an upload sent twice is one file, whatever boundary its form has; other bytes are refused", async () => {
  const upload = (text: string) => client.files.create({ file: file(text), purpose: "batch" }, under("file"));
  const first = await upload("{}\n");
  expect(await upload("{}\n")).toEqual(first);
  expect((await Array.fromAsync(client.files.list({ purpose: "batch" }))).length).toBe(1);
  expect((await refusal(upload("{}{}\n"))).code).toBe("idempotency_key_reused");
});

test("requests at the same time under one key are answered once", async () => {
  const make = () => client.beta.threads.create({ metadata: { a: "b" } }, under("at once"));
  const all = await Promise.all([make(), make(), make()]);
  expect(new Set(all.map(({ id }) => id)).size).toBe(1);
});

test("what was refused for its size of queue or broke is tried again; what was wrong stays wrong", async () => {
  const wrong = () => refusal(client.beta.assistants.create({ model, temperature: 9 }, under("wrong")));
  const [first, second] = [await wrong(), await wrong()];
  expect([first.status, second.status, second.message]).toEqual([400, 400, first.message]);
});
