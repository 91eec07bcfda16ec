import { loadConfig } from "@loam/core";
import { tinyChatModel } from "@loam/models/testing";
import { listSpans } from "@loam/observe";
import type OpenAI from "openai";
import { zodFunction, zodResponseFormat } from "openai/helpers/zod";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openaiClient, refusal } from "../../../../test/openai-client.ts";
import { startTestServer, type TestServer } from "../../../../test/running.ts";

const model = tinyChatModel();
let server: TestServer;
let client: OpenAI;
beforeAll(async () => {
  const load = (home: string) =>
    loadConfig({
      env: { LOAM_HOME: home, PATH: process.env.PATH },
      userFile: `${home}/config.json`,
      flags: {
        server: {
          models: [`local:${model}`],
          aliases: { "gpt-4.1-mini": `local:${model}`, "gpt-4o": `local:${model}` },
        },
      },
    });
  const home = `${model}/home`;
  server = await startTestServer({ load: () => load(home), worker: "none" });
  client = openaiClient(server);
});
afterAll(() => server?.end());

const messages = [{ role: "user" as const, content: "Tell me about the sea." }];
const city = {
  type: "object",
  properties: { city: { enum: ["Paris", "Oslo"] } },
  required: ["city"],
  additionalProperties: false,
};
const tools = [
  { type: "function" as const, function: { name: "get_weather", parameters: city, strict: true } },
  { type: "function" as const, function: { name: "get_news", parameters: { type: "object", properties: {} } } },
];
const parsedArguments = (calls: readonly object[] | undefined) =>
  (calls as { function: { parsed_arguments: unknown } }[])[0]!.function.parsed_arguments;
const Trip = z.object({ city: z.enum(["Paris", "Oslo"]), nights: z.union([z.literal(1), z.literal(2)]) });

describe("chat completions through the official client", () => {
  test("a stream adds up to what is answered at once, under an alias with dots too", async () => {
    const request = { model: "gpt-4.1-mini", messages, max_tokens: 12, seed: 4 };
    const whole = await client.chat.completions.create(request);
    const run = client.chat.completions.stream({ ...request, stream_options: { include_usage: true } });
    const final = await run.finalChatCompletion();
    expect(final.choices[0]!.message.content).toBe(whole.choices[0]!.message.content);
    expect((await run.totalUsage()).total_tokens).toBe(whole.usage!.total_tokens);
    expect(whole.model).toBe("gpt-4.1-mini");
  });

  test("an aborted stream gives its place back", async () => {
    for (let i = 0; i < 40; i++) {
      const run = client.chat.completions.stream({ model, messages, max_tokens: 900 });
      run.on("chunk", () => run.abort());
      await run.done().catch(() => {});
    }
    for (let i = 0; i < 20; i++) {
      const stream = await client.completions.create({ model, prompt: "The sea", max_tokens: 900, stream: true });
      for await (const _ of stream) break;
    }
    const after = await client.chat.completions.create({ model, messages, max_tokens: 1 });
    expect(after.usage!.completion_tokens).toBe(1);
  });

  test("a schema is kept to, and so are a function's arguments", async () => {
    for (const seed of [1, 2, 3]) {
      const format = zodResponseFormat(Trip, "trip");
      const { choices } = await client.chat.completions.parse({ model, messages, seed, response_format: format });
      expect(Trip.safeParse(choices[0]!.message.parsed).success).toBe(true);
    }
    const tool = zodFunction({ name: "book", parameters: Trip });
    const tool_choice = { type: "function" as const, function: { name: "book" } };
    const { choices } = await client.chat.completions.parse({ model, messages, tools: [tool], tool_choice });
    expect(Trip.safeParse(parsedArguments(choices[0]!.message.tool_calls)).success).toBe(true);
  });

  test("allowed tools leave the others out; legacy functions answer in their old form", async () => {
    const named = [{ type: "function", function: { name: "get_news" } }];
    const allowed = { type: "allowed_tools" as const, allowed_tools: { mode: "required" as const, tools: named } };
    const { choices } = await client.chat.completions.create({ model, messages, tools, tool_choice: allowed, seed: 1 });
    const calls = choices[0]!.message.tool_calls!;
    expect(new Set(calls.map((call) => call.type === "function" && call.function.name))).toEqual(new Set(["get_news"]));
    const functions = [{ name: "get_weather", parameters: city }];
    const old = await client.chat.completions.create({
      model,
      messages,
      functions,
      function_call: { name: "get_weather" },
    });
    expect(JSON.parse(old.choices[0]!.message.function_call!.arguments)).toHaveProperty("city");
    expect(old.choices[0]!.finish_reason).toBe("function_call");
  });

  test("a custom tool's text follows its grammar", async () => {
    const format = { type: "grammar" as const, grammar: { syntax: "regex" as const, definition: "[ab]{2,4};" } };
    const custom = { type: "custom" as const, custom: { name: "code", format } };
    const tool_choice = { type: "custom" as const, custom: { name: "code" } };
    const { choices } = await client.chat.completions.create({
      model,
      messages,
      tools: [custom],
      tool_choice,
      seed: 2,
    });
    const call = choices[0]!.message.tool_calls![0]!;
    expect(call.type === "custom" && call.custom.input).toMatch(/^[ab]{2,4};$/);
  });

  test("what is wrong is named: field, code, nearest name", async () => {
    const cases: [object, { param: string | null; code?: string; says?: string }][] = [
      [{ temprature: 1 }, { param: "temprature", code: "unknown_parameter", says: "temperature" }],
      [{ temperature: 9 }, { param: "temperature" }],
      [
        { messages: [{ role: "user", content: [{ type: "text", txt: "x" }] }] },
        { param: "messages[0].content[0].text" },
      ],
      [
        { messages: [...messages, { role: "tool", tool_call_id: "c", content: "1" }] },
        { param: "messages[1].tool_call_id" },
      ],
      [
        { tools, tool_choice: { type: "function", function: { name: "nope" } } },
        { param: "tool_choice", says: "nope" },
      ],
      [{ model: "gpt-4.1-mimi" }, { param: "model", code: "model_not_found", says: "gpt-4.1-mini" }],
      [
        { messages: [{ role: "user", content: "word ".repeat(300_000) }] },
        { param: "messages", code: "context_length_exceeded" },
      ],
      [
        {
          response_format: {
            type: "json_schema",
            json_schema: { name: "x", strict: true, schema: { properties: { a: { not: {} } } } },
          },
        },
        { param: "response_format.json_schema.schema", says: "#/properties/a/not" },
      ],
      [
        { tools: [{ type: "function", function: { name: "f", strict: true, parameters: { type: "objekt" } } }] },
        { param: "tools[0].function.parameters", says: "objekt" },
      ],
    ];
    for (const [more, { param, code, says = "" }] of cases) {
      const error = await refusal(client.chat.completions.create({ model, messages, ...more } as never));
      expect([error.param, error.status! < 500]).toEqual([param, true]);
      if (code) expect(error.code).toBe(code);
      expect(error.message).toContain(says);
      expect(error.requestID).toMatch(/^req_/);
    }
  });

  test("stored ones are listed, changed and taken away; others are not kept", async () => {
    const metadata = { tag: "one" };
    const made = await client.chat.completions.create({ model, messages, max_tokens: 2, store: true, metadata });
    const listed = await client.chat.completions.list({ metadata });
    expect(listed.data.map(({ id }) => id)).toEqual([made.id]);
    const changed = await client.chat.completions.update(made.id, { metadata: { tag: "two" } });
    expect(changed.metadata).toEqual({ tag: "two" });
    const kept = await client.chat.completions.messages.list(made.id);
    expect(kept.data[0]).toMatchObject(messages[0]!);
    await client.chat.completions.delete(made.id);
    expect((await refusal(client.chat.completions.retrieve(made.id))).status).toBe(404);
  });

  test("each answer of a model of this machine is a span, one that was left too; the model says how long a context is", async () => {
    const metadata = { role: "system", content: "Be short." } as const;
    const made = await client.chat.completions.create({
      model,
      messages: [metadata, ...messages],
      max_tokens: 3,
      seed: 5,
    });
    const stream = await client.chat.completions.create({ model, messages, max_tokens: 200, stream: true });
    for await (const _ of stream) break;
    const spansOf = async () => await listSpans(server.store, { model });
    await expect
      .poll(async () => (await spansOf()).some(({ attributes }) => attributes["gen_ai.request.max_tokens"] === 200), {
        timeout: 20_000,
      })
      .toBe(true);
    const span = (await spansOf()).find(({ attributes }) => attributes["gen_ai.request.seed"] === 5)!;
    expect(span).toMatchObject({ name: `chat ${model}`, kind: "llm", status: expect.not.stringContaining("error") });
    expect(span.attributes).toMatchObject({
      "gen_ai.provider.name": "local",
      "gen_ai.usage.input_tokens": made.usage!.prompt_tokens,
      "gen_ai.usage.output_tokens": made.usage!.completion_tokens,
    });
    expect(JSON.stringify(span.output)).toContain("assistant");
    expect(await client.models.retrieve(model)).toMatchObject({ context_length: 1024 });
  });

  test("a model of OpenAI's that is not here is asked of OpenAI where the configuration says so, and the headers tell", async () => {
    const home = `${model}/other`;
    const providers = { openai: { baseUrl: `${server.url}/v1`, apiKey: "sk-theirs" } };
    const flags = { server: { forward: true }, models: { chat: `local:${model}` }, providers };
    const load = () =>
      loadConfig({
        ...{ env: { LOAM_HOME: home, PATH: process.env.PATH }, userFile: `${home}/config.json` },
        flags: { ...flags, tracing: { enabled: false } },
      });
    const ask = { model: "gpt-4o", messages, max_tokens: 6, temperature: 0 };
    const there = await startTestServer({ load, worker: "none" });
    try {
      const other = openaiClient(there);
      const expected = (await client.chat.completions.create(ask)).choices[0]!.message.content;
      const { data, response } = await other.chat.completions.create(ask).withResponse();
      expect(data.choices[0]!.message.content).toBe(expected);
      expect([response.headers.get("x-loam-forwarded-to"), data.model]).toEqual(["openai", "gpt-4o"]);
      const streamed = await other.chat.completions.create({ ...ask, stream: true }).withResponse();
      let text = "";
      for await (const { choices } of streamed.data) text += choices[0]?.delta.content ?? "";
      expect([text, streamed.response.headers.get("x-loam-forwarded-to")]).toEqual([expected, "openai"]);
      const answered = await other.responses
        .create({ model: "gpt-4o", input: "Hello", max_output_tokens: 16 })
        .withResponse();
      expect(answered.response.headers.get("x-loam-forwarded-to")).toBe("openai");
      expect(answered.data.output_text.length).toBeGreaterThan(0);
      // What OpenAI does not know either is told as it tells it.
      expect((await refusal(other.chat.completions.create({ ...ask, model: "gpt-none" }))).status).toBe(404);
      expect((await refusal(other.chat.completions.create({ ...ask, model: "qwen" }))).code).toBe("model_not_found");
    } finally {
      await there.end();
    }
  });
});
