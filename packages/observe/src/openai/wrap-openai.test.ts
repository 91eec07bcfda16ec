import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { InMemorySpanExporter } from "@opentelemetry/sdk-trace-base";
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { builtinPrices } from "../prices/prices.ts";
import { toSpanRecord } from "../record/span-record.ts";
import { span } from "../tracing/span.ts";
import { startTracing } from "../tracing/tracing.ts";
import { wrapOpenAI } from "./wrap-openai.ts";

type Json = Record<string, unknown>;
type Reply = (body: Json, response: ServerResponse) => void;

const exporter = new InMemorySpanExporter();
const tracing = startTracing({ exporter, environment: {} });
const replies = new Map<string, Reply>();
const received: Json[] = [];
let server: Server;
let client: OpenAI;

beforeAll(async () => {
  server = createServer(async (request: IncomingMessage, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const body = JSON.parse(text) as Json;
    received.push(body);
    const reply = replies.get(request.url!);
    if (reply) return reply(body, response);
    json({ error: { message: `bad key ${request.headers.authorization}`, type: "invalid_request_error" } }, 401)(
      body,
      response,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  client = wrapOpenAI(
    new OpenAI({ apiKey: "sk-test-abcdefghijklmnop", baseURL: `http://127.0.0.1:${port}/v1`, maxRetries: 0 }),
    {
      streamUsage: "always",
    },
  );
});
afterAll(async () => {
  await tracing.stop();
  server.close();
});
beforeEach(async () => {
  await tracing.flush();
  exporter.reset();
  replies.clear();
  received.length = 0;
});

const json =
  (value: unknown, status = 200): Reply =>
  (_, response) => {
    response
      .writeHead(status, { "content-type": "application/json", "x-request-id": "req_7" })
      .end(JSON.stringify(value));
  };
const sse =
  (events: Json[]): Reply =>
  (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const event of events)
      response.write(`${event.type ? `event: ${event.type}\n` : ""}data: ${JSON.stringify(event)}\n\n`);
    response.end("data: [DONE]\n\n");
  };
async function recorded() {
  await tracing.flush();
  return exporter.getFinishedSpans().map((finished) => toSpanRecord(finished, builtinPrices));
}

const completion = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "gpt-4o-mini-2024-07-18",
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "Hi." } }],
  usage: {
    prompt_tokens: 1000,
    completion_tokens: 100,
    total_tokens: 1100,
    prompt_tokens_details: { cached_tokens: 400 },
    completion_tokens_details: { reasoning_tokens: 10 },
  },
};

test("a chat completion becomes a span with messages, settings, tokens and cost", async () => {
  replies.set("/v1/chat/completions", json(completion));
  const answer = await client.chat.completions.create({
    model: "gpt-4o-mini",
    temperature: 0.5,
    max_completion_tokens: 50,
    seed: 3,
    stop: "END",
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image_url", image_url: { url: `data:image/png;base64,${"A".repeat(400)}` } },
        ],
      },
    ],
  });
  expect(answer.choices[0]!.message.content).toBe("Hi.");
  expect(answer._request_id).toBe("req_7");
  const [call] = await recorded();
  expect(call).toMatchObject({
    name: "chat gpt-4o-mini",
    kind: "llm",
    model: "gpt-4o-mini-2024-07-18",
    inputTokens: 1000,
    outputTokens: 100,
    input: [
      { role: "system", parts: [{ type: "text", content: "Be brief." }] },
      {
        role: "user",
        parts: [
          { type: "text", content: "What is this?" },
          { type: "blob", modality: "image", mime_type: "image/png", size_bytes: 300 },
        ],
      },
    ],
    output: [{ role: "assistant", parts: [{ type: "text", content: "Hi." }], finish_reason: "stop" }],
  });
  expect(call!.attributes).toMatchObject({
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.request.temperature": 0.5,
    "gen_ai.request.max_tokens": 50,
    "gen_ai.request.seed": 3,
    "gen_ai.request.stop_sequences": ["END"],
    "gen_ai.response.id": "chatcmpl-1",
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.cache_read.input_tokens": 400,
    "gen_ai.usage.reasoning.output_tokens": 10,
    "server.address": "127.0.0.1",
  });
  expect(call!.costUsd).toBeCloseTo((600 * 0.15 + 400 * 0.075 + 100 * 0.6) / 1e6, 12);
});

const chunk = (delta: Json, more: Json = {}) => ({
  id: "chatcmpl-2",
  object: "chat.completion.chunk",
  created: 1,
  model: "gpt-4o-mini",
  choices: [{ index: 0, delta, finish_reason: null, ...more }],
});
const streamed = [
  chunk({ role: "assistant", content: "Let me " }),
  chunk({ content: "look." }),
  chunk({ tool_calls: [{ index: 0, id: "call_1", type: "function", function: { name: "find", arguments: "" } }] }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: '{"word":' } }] }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: '"loam"}' } }] }),
  chunk({}, { finish_reason: "tool_calls" }),
  { ...chunk({}), choices: [], usage: { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 } },
];

test("a streamed answer with tools is put together; the usage it asked for stays hidden", async () => {
  replies.set("/v1/chat/completions", sse(streamed));
  const stream = await span("ask", {}, () =>
    client.chat.completions.create({
      model: "gpt-4o-mini",
      stream: true,
      messages: [{ role: "user", content: "find loam" }],
    }),
  );
  expect(stream.controller).toBeInstanceOf(AbortController);
  let chunks = 0;
  for await (const piece of stream) chunks += piece.choices.length;
  expect(chunks).toBe(6);
  expect(received[0]).toMatchObject({ stream_options: { include_usage: true } });
  const [outer, call] = await recorded();
  expect(call).toMatchObject({
    parentSpanId: outer!.spanId,
    inputTokens: 20,
    outputTokens: 5,
    output: [
      {
        role: "assistant",
        finish_reason: "tool_calls",
        parts: [
          { type: "text", content: "Let me look." },
          { type: "tool_call", id: "call_1", name: "find", arguments: { word: "loam" } },
        ],
      },
    ],
  });
  expect(call!.attributes["gen_ai.response.time_to_first_chunk"]).toBeGreaterThan(0);
});

test("usage the caller asked for is passed on, and tee gives both branches everything", async () => {
  replies.set("/v1/chat/completions", sse(streamed));
  const stream = await client.chat.completions.create({
    model: "gpt-4o-mini",
    stream: true,
    stream_options: { include_usage: true },
    messages: [],
  });
  const [left, right] = stream.tee();
  const counts = await Promise.all(
    [left, right].map(async (branch) => {
      let n = 0;
      for await (const _ of branch) n++;
      return n;
    }),
  );
  expect(counts).toEqual([7, 7]);
  expect(await recorded()).toHaveLength(1);
});

test("leaving a stream early and aborting it end the span with what had come", async () => {
  replies.set("/v1/chat/completions", (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`data: ${JSON.stringify(streamed[0])}\n\n`);
  });
  const create = () => client.chat.completions.create({ model: "gpt-4o-mini", stream: true, messages: [] });
  for await (const _ of await create()) break;
  (await create()).controller.abort();
  expect((await recorded()).map((call) => call.output)).toEqual([
    [{ role: "assistant", parts: [{ type: "text", content: "Let me " }] }],
    [],
  ]);
});

test("the helpers stream(), parse() and runTools() are traced by the calls they make", async () => {
  replies.set("/v1/chat/completions", (body, response) => {
    if (body.stream) return sse(streamed)(body, response);
    const asksTool = (body.messages as Json[]).length === 1 && body.tools;
    const message = asksTool
      ? {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "call_1", type: "function", function: { name: "add", arguments: '{"a":1}' } }],
        }
      : { role: "assistant", content: '{"n":1}' };
    json({ ...completion, choices: [{ index: 0, finish_reason: asksTool ? "tool_calls" : "stop", message }] })(
      body,
      response,
    );
  });
  await client.chat.completions
    .stream({ model: "gpt-4o-mini", messages: [{ role: "user", content: "x" }] })
    .finalMessage();
  const format = { type: "json_schema", json_schema: { name: "n", schema: {} } } as const;
  await client.chat.completions.parse({
    model: "gpt-4o-mini",
    messages: [{ role: "user", content: "x" }],
    response_format: format,
  });
  const ran: unknown[] = [];
  await client.chat.completions
    .runTools({
      model: "gpt-4o-mini",
      messages: [{ role: "user", content: "x" }],
      tools: [
        {
          type: "function",
          function: {
            name: "add",
            description: "adds",
            parameters: { type: "object" },
            function: (args: string) => `${ran.push(args) + 1}`,
          },
        },
      ],
    })
    .finalContent();
  expect(ran).toEqual(['{"a":1}']);
  const calls = await recorded();
  expect(calls.map((call) => call.attributes["gen_ai.output.type"] ?? null)).toEqual([null, "json", null, null]);
  expect(calls[3]!.input).toMatchObject([
    { role: "user" },
    { role: "assistant", parts: [{ type: "tool_call", name: "add" }] },
    { role: "tool", parts: [{ type: "tool_call_response", response: "2" }] },
  ]);
});

test("the responses endpoint, whole and streamed", async () => {
  const response = {
    id: "resp_1",
    object: "response",
    created_at: 1,
    status: "completed",
    model: "gpt-5-mini-2025-08-07",
    error: null,
    incomplete_details: null,
    output: [
      { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "Thinking." }] },
      {
        type: "message",
        id: "msg_1",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: "Four.", annotations: [] }],
      },
    ],
    usage: {
      input_tokens: 10,
      output_tokens: 4,
      total_tokens: 14,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 2 },
    },
  };
  replies.set("/v1/responses", (body, reply) =>
    (body.stream
      ? sse([
          {
            type: "response.created",
            sequence_number: 0,
            response: { ...response, status: "in_progress", output: [], usage: null },
          },
          {
            type: "response.output_text.delta",
            sequence_number: 1,
            item_id: "msg_1",
            output_index: 1,
            content_index: 0,
            delta: "Four.",
          },
          { type: "response.completed", sequence_number: 2, response },
        ])
      : json(response))(body, reply),
  );
  const whole = await client.responses.create({ model: "gpt-5-mini", instructions: "Count.", input: "2+2?" });
  expect(whole.output_text).toBe("Four.");
  let text = "";
  for await (const event of await client.responses.create({
    model: "gpt-5-mini",
    input: [{ role: "user", content: "2+2?" }],
    stream: true,
  }))
    if (event.type === "response.output_text.delta") text += event.delta;
  expect(text).toBe("Four.");
  const calls = await recorded();
  for (const call of calls)
    expect(call).toMatchObject({
      name: "chat gpt-5-mini",
      inputTokens: 10,
      outputTokens: 4,
      costUsd: (10 * 0.25 + 4 * 2) / 1e6,
      input: [{ role: "user", parts: [{ type: "text", content: "2+2?" }] }],
      output: [
        { parts: [{ type: "reasoning", content: "Thinking." }] },
        { parts: [{ type: "text", content: "Four." }] },
      ],
    });
  expect(calls).toHaveLength(2);
});

test("embeddings keep the texts and the width, not the numbers", async () => {
  replies.set("/v1/embeddings", (body, response) => {
    const vector = new Float32Array([1, 2, 3]);
    const embedding = body.encoding_format === "base64" ? Buffer.from(vector.buffer).toString("base64") : [...vector];
    json({
      object: "list",
      model: "text-embedding-3-small",
      data: [{ object: "embedding", index: 0, embedding }],
      usage: { prompt_tokens: 5, total_tokens: 5 },
    })(body, response);
  });
  const { data } = await client.embeddings.create({ model: "text-embedding-3-small", input: ["loam"] });
  expect(data[0]!.embedding).toEqual([1, 2, 3]);
  const [call] = await recorded();
  expect(call).toMatchObject({
    name: "embeddings text-embedding-3-small",
    kind: "embedding",
    input: ["loam"],
    output: null,
    inputTokens: 5,
    costUsd: expect.closeTo(1e-7, 12),
  });
  expect(call!.attributes["gen_ai.embeddings.dimension.count"]).toBe(3);
});

test("an error reaches the caller as it is and the span without the key", async () => {
  const refused = client.chat.completions.create({ model: "gpt-4o-mini", messages: [] });
  await expect(refused).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  await expect(refused).rejects.toThrow("sk-test-abcdefghijklmnop");
  const calls = await recorded();
  expect(calls).toMatchObject([{ status: "error", statusMessage: "401 bad key Bearer [redacted]", costUsd: null }]);
  expect(JSON.stringify(calls)).not.toContain("abcdefghijklmnop");
});

test("withResponse and asResponse work as before, and wrapping twice records once", async () => {
  replies.set("/v1/chat/completions", json(completion));
  const create = () => wrapOpenAI(client).chat.completions.create({ model: "gpt-4o-mini", messages: [] });
  const { data, response, request_id } = await create().withResponse();
  expect([data.id, response.status, request_id]).toEqual(["chatcmpl-1", 200, "req_7"]);
  expect(((await (await create().asResponse()).json()) as Json).id).toBe("chatcmpl-1");
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await recorded()).toHaveLength(2);
});
