import type { LanguageModelV4 } from "@ai-sdk/provider";
import type { Config } from "@loam/core";
import { builtinPrices, type JsonValue, type SpanRecord, span, startTracing, toSpanRecord } from "@loam/observe";
import { generateText, Output, streamText, tool } from "ai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { connectLanguageModel } from "./connect.ts";
import { type ChatQuestion, type OpenAIServer, startOpenAIServer } from "./testing/openai-server.ts";

const KEY = "sk-test-abcdefghijklmnop";
const recorded: SpanRecord[] = [];
const tracing = startTracing({
  exporter: {
    export: (batch, done) => {
      recorded.push(...batch.map((one) => toSpanRecord(one, builtinPrices)));
      done({ code: 0 });
    },
    shutdown: async () => {},
  },
  environment: {},
});
let server: OpenAIServer;
let answer: (question: ChatQuestion) => ReturnType<NonNullable<Parameters<typeof startOpenAIServer>[0]>["answer"] & {}>;

beforeAll(async () => {
  server = await startOpenAIServer({ models: ["gpt-4o-mini"], apiKey: KEY, answer: (question) => answer(question) });
});
afterAll(async () => {
  await server.close();
  await tracing.stop();
});
beforeEach(async () => {
  answer = ({ text, images }) => `You said: ${text}${images.length ? ` with ${images.length} picture` : ""}`;
  await tracing.flush();
  recorded.length = 0;
  server.requests.length = 0;
});
const spans = async () => {
  await tracing.flush();
  return recorded;
};

function connect(provider = "openai", apiKey = KEY, request = {}): Promise<LanguageModelV4> {
  const config: Config = {
    server: { host: "127.0.0.1", port: 0 },
    models: {},
    providers: { [provider]: { baseUrl: server.url, apiKey } },
    tracing: { enabled: true, content: "full" },
  };
  return connectLanguageModel(
    config,
    { provider, model: "gpt-4o-mini" },
    { role: "chat", request: { backoffMs: 1, ...request } },
  );
}

test("a call is a span with messages, tokens and cost", async () => {
  const { text } = await generateText({
    model: await connect(),
    instructions: "Be brief.",
    prompt: "hello there",
    temperature: 0.2,
    maxOutputTokens: 9,
  });
  expect(text).toBe("You said: hello there");
  expect(await spans()).toMatchObject([
    {
      name: "chat gpt-4o-mini",
      kind: "llm",
      status: "unset",
      outputTokens: 4,
      input: [{ role: "user", parts: [{ type: "text", content: "hello there" }] }],
      output: [
        { role: "assistant", parts: [{ type: "text", content: "You said: hello there" }], finish_reason: "stop" },
      ],
      attributes: {
        "gen_ai.provider.name": "openai",
        "gen_ai.request.temperature": 0.2,
        "gen_ai.request.max_tokens": 9,
        "gen_ai.system_instructions": '[{"type":"text","content":"Be brief."}]',
        "server.address": "127.0.0.1",
      },
    },
  ]);
  const { inputTokens, outputTokens, costUsd } = recorded[0]!;
  expect(costUsd).toBeCloseTo((inputTokens! * 0.15 + outputTokens! * 0.6) / 1e6, 12);
});

test("a streamed answer arrives in pieces and is recorded whole, under the span it was asked in", async () => {
  const model = await connect();
  const pieces: string[] = [];
  await span("ask", {}, async () => {
    const { textStream } = streamText({ model, prompt: "one two three" });
    for await (const piece of textStream) pieces.push(piece);
  });
  expect(pieces.join("")).toBe("You said: one two three");
  expect(pieces.length).toBeGreaterThan(3);
  const [call, ask] = await spans();
  expect(call).toMatchObject({
    parentSpanId: ask!.spanId,
    outputTokens: 5,
    output: [{ parts: [{ content: "You said: one two three" }] }],
  });
  expect(call!.attributes).toMatchObject({ "gen_ai.request.stream": true, "gen_ai.response.finish_reasons": ["stop"] });
  expect(call!.attributes["gen_ai.response.time_to_first_chunk"]).toBeGreaterThan(0);
});

test("pictures reach the server; the span keeps their kind and size only", async () => {
  const image = new Uint8Array(300).fill(7);
  const { text } = await generateText({
    model: await connect(),
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "what is this?" },
          { type: "file", data: image, mediaType: "image/png" },
        ],
      },
    ],
  });
  expect(text).toBe("You said: what is this? with 1 picture");
  expect(JSON.stringify(server.requests[0]!.body)).toContain(
    `data:image/png;base64,${Buffer.from(image).toString("base64")}`,
  );
  expect((await spans())[0]!.input).toEqual([
    {
      role: "user",
      parts: [
        { type: "text", content: "what is this?" },
        { type: "blob", modality: "image", mime_type: "image/png", size_bytes: 300 },
      ],
    },
  ]);
});

test("tools are called, their results sent back, and both calls recorded", async () => {
  answer = ({ toolResults }) =>
    toolResults.length > 0 ? `It is ${toolResults[0]}.` : { toolCalls: [{ name: "add", arguments: { a: 2, b: 3 } }] };
  const add = tool({
    description: "adds",
    inputSchema: z.object({ a: z.number(), b: z.number() }),
    execute: async ({ a, b }) => String(a + b),
  });
  for (const run of [
    async () =>
      (
        await generateText({
          model: await connect(),
          prompt: "2+3?",
          tools: { add },
          stopWhen: ({ steps }) => steps.length >= 3,
        })
      ).text,
    async () =>
      streamText({ model: await connect(), prompt: "2+3?", tools: { add }, stopWhen: ({ steps }) => steps.length >= 3 })
        .text,
  ])
    expect(await run()).toBe("It is 5.");
  const calls = await spans();
  expect(calls).toHaveLength(4);
  for (const index of [0, 2])
    expect(calls[index]).toMatchObject({
      output: [{ parts: [{ type: "tool_call", name: "add", arguments: { a: 2, b: 3 } }] }],
    });
  expect((calls[1]!.input as JsonValue[])[2]).toMatchObject({
    role: "tool",
    parts: [{ type: "tool_call_response", response: "5" }],
  });
});

test("a schema is sent and the object comes back", async () => {
  answer = ({ schema }) => JSON.stringify({ keys: Object.keys((schema?.properties ?? {}) as object) });
  const { output } = await generateText({
    model: await connect(),
    prompt: "keys?",
    output: Output.object({ schema: z.object({ keys: z.array(z.string()) }) }),
  });
  expect(output).toEqual({ keys: ["keys"] });
  expect((await spans())[0]!.attributes["gen_ai.output.type"]).toBe("json");
});

describe("faults", () => {
  test.each([
    [{ kind: "status", status: 429, retryAfter: "0" }, "HTTP 429"],
    [{ kind: "status", status: 500 }, "HTTP 500"],
    [{ kind: "disconnect" }, "openai:"],
  ] as const)("%j twice is tried again until it works", async (fault, reason) => {
    server.inject(fault, 2);
    const { text } = await generateText({ model: await connect(), prompt: "hi" });
    expect(text).toBe("You said: hi");
    expect(server.requests).toHaveLength(3);
    const [call] = await spans();
    expect(call!.events.map(({ name, attributes }) => [name, attributes!.attempt])).toEqual([
      ["retry", 1],
      ["retry", 2],
    ]);
    expect(call!.events[0]!.attributes!.reason).toContain(reason);
  });

  test("Retry-After is waited for; a longer one than allowed is not", async () => {
    server.inject({ kind: "status", status: 429, retryAfter: "0.2" });
    await generateText({ model: await connect(), prompt: "hi" });
    expect(server.requests[1]!.atMs - server.requests[0]!.atMs).toBeGreaterThanOrEqual(195);
    server.inject({ kind: "status", status: 429, retryAfter: "3600", message: "quota used up" });
    await expect(generateText({ model: await connect(), prompt: "hi" })).rejects.toThrow(
      "openai: too many requests (429: quota used up) Wait a little, or check the quota of the account.",
    );
    expect(server.requests).toHaveLength(3);
  });

  test("a service that keeps failing is given up after the last try, with an error that says so", async () => {
    server.inject({ kind: "status", status: 503, message: "overloaded" }, 4);
    await expect(generateText({ model: await connect(), prompt: "hi" })).rejects.toThrow(
      "openai: failed (503: overloaded) Try again later.",
    );
    expect(server.requests).toHaveLength(4);
    expect(await spans()).toMatchObject([
      { status: "error", statusMessage: "openai: failed (503: overloaded) Try again later." },
    ]);
  });

  test("a refused key and an unknown model are not tried again", async () => {
    await expect(generateText({ model: await connect("openai", "sk-wrong-key-123456"), prompt: "hi" })).rejects.toThrow(
      "openai: refused the API key (401: Incorrect API key provided.) Check OPENAI_API_KEY.",
    );
    const config = { models: {}, providers: { openai: { baseUrl: server.url, apiKey: KEY } } } as unknown as Config;
    const model = await connectLanguageModel(config, { provider: "openai", model: "gpt-9" }, { role: "chat" });
    await expect(generateText({ model, prompt: "hi" })).rejects.toThrow(
      'Model "openai:gpt-9" does not exist. `loam models` shows what is set',
    );
    expect(server.requests).toHaveLength(2);
    expect(JSON.stringify(await spans())).not.toMatch(/sk-wrong|sk-test-abc/);
  });

  test("an answer that is not JSON, or breaks off, is an error that names the service", async () => {
    server.inject({ kind: "malformed" });
    await expect(generateText({ model: await connect(), prompt: "hi" })).rejects.toThrow(
      /^openai: answered something that cannot be read/,
    );
    server.inject({ kind: "truncated" });
    const { stream } = await (await connect()).doStream({
      prompt: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
    });
    const read = (async () => {
      for await (const part of stream as unknown as AsyncIterable<{ type: string; error?: unknown }>)
        if (part.type === "error") throw part.error;
    })();
    await expect(read).rejects.toThrow();
    expect((await spans()).map((call) => call.status)).toEqual(["error", "error"]);
  });

  test("a slow start and a silent body end at their time limits", async () => {
    server.inject({ kind: "slow-start", delayMs: 400 });
    const impatient = await connect("openai", KEY, { timeoutMs: 50, maxRetries: 0, idleTimeoutMs: 60 });
    await expect(generateText({ model: impatient, prompt: "hi" })).rejects.toThrow(
      "openai: no answer within 0.05 s. Try again, or use a smaller model.",
    );
    server.inject({ kind: "slow-body", delayMs: 400 });
    const patient = await connect("openai", KEY, { maxRetries: 0, idleTimeoutMs: 60 });
    await expect(generateText({ model: patient, prompt: "hi" })).rejects.toThrow(
      "openai: its answer stopped for more than 0.06 s. Try again.",
    );
  });

  test("cancelling stops the request and the waiting", async () => {
    server.inject({ kind: "slow-body", delayMs: 100 });
    const quit = new AbortController();
    const { textStream } = streamText({
      model: await connect(),
      prompt: "a b c d e f g h i j",
      abortSignal: quit.signal,
    });
    let pieces = 0;
    for await (const _ of textStream) if (++pieces === 2) quit.abort();
    await expect.poll(() => server.requests[0]!.aborted).toBe(true);
    server.inject({ kind: "status", status: 429, retryAfter: "30" });
    const start = performance.now();
    const signal = AbortSignal.timeout(50);
    await expect(generateText({ model: await connect(), prompt: "hi", abortSignal: signal })).rejects.toThrow();
    expect(performance.now() - start).toBeLessThan(3000);
    expect(await spans()).toHaveLength(2);
  });
});

test("any OpenAI-compatible service works under its own name", async () => {
  const { text } = await generateText({ model: await connect("vllm"), prompt: "hi" });
  expect(text).toBe("You said: hi");
  expect(server.requests[0]!.path).toBe("/chat/completions");
  expect((await spans())[0]!.attributes["gen_ai.provider.name"]).toBe("vllm");
});
