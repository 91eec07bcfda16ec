import { loadConfig } from "@loam/core";
import { tinyChatModel } from "@loam/models/testing";
import type OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openaiClient, refusal } from "../../../../test/openai-client.ts";
import { startTestServer, type TestServer } from "../../../../test/running.ts";

const model = tinyChatModel();
let server: TestServer;
let client: OpenAI;
beforeAll(async () => {
  const home = `${model}/home`;
  const load = () =>
    loadConfig({
      env: { LOAM_HOME: home, PATH: process.env.PATH },
      userFile: `${home}/config.json`,
      flags: { server: { models: [`local:${model}`] } },
    });
  server = await startTestServer({ load });
  client = openaiClient(server);
});
afterAll(() => server?.end());

describe("responses through the official client", () => {
  test("a stream is taken up again in the middle, and the response is there afterwards", async () => {
    const stream = await client.responses.create({
      model,
      input: "x",
      max_output_tokens: 20,
      background: true,
      stream: true,
    });
    const first = [];
    for await (const event of stream) {
      first.push(event);
      if (first.length === 3) break;
    }
    const created = first[0]!;
    const id = created.type === "response.created" ? created.response.id : "";
    const after = first.at(-1)!.sequence_number;
    const rest = [];
    for await (const event of await client.responses.retrieve(id, { stream: true, starting_after: after }))
      rest.push(event);
    const numbers = [...first, ...rest].map(({ sequence_number }) => sequence_number);
    expect(numbers).toEqual(numbers.map((_, i) => i));
    const done = await client.responses.retrieve(id);
    expect(["completed", "incomplete"]).toContain(done.status);
    const text = [...first, ...rest].flatMap((event) =>
      event.type === "response.output_text.delta" ? [event.delta] : [],
    );
    expect(text.join("")).toBe(done.output_text);
  });

  test("a conversation grows by what is said and answered, and by nothing when it fails", async () => {
    const { id } = await client.conversations.create({ items: [{ type: "message", role: "user", content: "Oak." }] });
    await client.responses.create({ model, conversation: id, input: "And now?", max_output_tokens: 3 });
    const tooLong = client.responses.create({ model, conversation: id, input: "word ".repeat(3000) });
    expect((await refusal(tooLong)).code).toBe("context_length_exceeded");
    const roles = [];
    for await (const item of client.conversations.items.list(id, { order: "asc", limit: 1 }))
      roles.push((item as { role: string }).role);
    expect(roles).toEqual(["user", "user", "assistant"]);
  });

  test("what is wrong is named in this API's words", async () => {
    const create = (more: object) => refusal(client.responses.create({ model, input: "x", ...more } as never));
    expect((await create({ previous_response_id: "resp_no" })).code).toBe("previous_response_not_found");
    expect((await create({ tools: [{ type: "web_search" }] })).param).toBe("tools[0].type");
    const schema = { type: "object", properties: { a: { type: "wat" } } };
    const bad = await create({ text: { format: { type: "json_schema", name: "x", schema } } });
    expect(bad.param).toBe("text.format.schema");
    const orphan = [{ type: "function_call_output", call_id: "c", output: "1" }];
    expect((await create({ input: orphan })).param).toBe("input");
    expect((await create({ max_tokens: 5 })).message).toContain("max_output_tokens");
  });

  test("two cancellations and an answer at the same time end in one state", async () => {
    const made = await client.responses.create({ model, input: "x", background: true, max_output_tokens: 300 });
    const [a, b] = await Promise.all([client.responses.cancel(made.id), client.responses.cancel(made.id)]);
    expect(a.status).toBe(b.status);
    expect((await client.responses.retrieve(made.id)).status).toBe(a.status);
  });
});
