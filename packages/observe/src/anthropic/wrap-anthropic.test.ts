import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Anthropic from "@anthropic-ai/sdk";
import { InMemorySpanExporter } from "@opentelemetry/sdk-trace-base";
import OpenAI from "openai";
import { expect, test } from "vitest";
import { wrapOpenAI } from "../openai/wrap-openai.ts";
import { builtinPrices } from "../prices/prices.ts";
import { toSpanRecord } from "../record/span-record.ts";
import { startTracing } from "../tracing/tracing.ts";
import { wrapAnthropic } from "./wrap-anthropic.ts";

const events = [
  {
    type: "message_start",
    message: {
      id: "m1",
      type: "message",
      role: "assistant",
      model: "claude-x",
      content: [],
      usage: { input_tokens: 5, cache_read_input_tokens: 100, output_tokens: 1 },
    },
  },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hel" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "lo" } },
  { type: "content_block_stop", index: 0 },
  { type: "content_block_start", index: 1, content_block: { type: "tool_use", id: "t1", name: "look", input: {} } },
  { type: "content_block_delta", index: 1, delta: { type: "input_json_delta", partial_json: '{"at":' } },
  { type: "content_block_delta", index: 1, delta: { type: "input_json_delta", partial_json: "3}" } },
  { type: "content_block_stop", index: 1 },
  { type: "message_delta", delta: { stop_reason: "tool_use", stop_sequence: null }, usage: { output_tokens: 9 } },
  { type: "message_stop" },
];
const whole = {
  id: "m2",
  type: "message",
  role: "assistant",
  model: "claude-x",
  content: [{ type: "text", text: "Hi" }],
  stop_reason: "end_turn",
  usage: { input_tokens: 3, output_tokens: 2 },
};
const chunks = ["Some ", "words."].map((content) => ({
  id: "c",
  model: "m",
  choices: [{ index: 0, delta: { content }, finish_reason: null }],
}));

test("messages, streams and the helper are recorded by the client's own calls; a stream without usage is estimated", async () => {
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const part of request) text += part;
    const { stream } = JSON.parse(text);
    if (!stream) return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(whole));
    response.writeHead(200, { "content-type": "text/event-stream" });
    if (request.url!.includes("chat"))
      response.write(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join(""));
    else response.write(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""));
    response.end(request.url!.includes("chat") ? "data: [DONE]\n\n" : "");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const exporter = new InMemorySpanExporter();
  const tracing = startTracing({ exporter, environment: {} });
  const client = wrapAnthropic(wrapAnthropic(new Anthropic({ apiKey: "sk-none", baseURL: url })));
  const body = {
    model: "claude-x",
    max_tokens: 10,
    system: "Be brief.",
    messages: [{ role: "user" as const, content: "Hello?" }],
  };
  expect((await client.messages.create(body)).content).toEqual(whole.content);
  const seen: string[] = [];
  for await (const event of await client.messages.create({ ...body, stream: true })) seen.push(event.type);
  expect(seen).toEqual(events.map(({ type }) => type));
  expect((await client.messages.stream(body).finalMessage()).content).toMatchObject([
    { text: "Hello" },
    { input: { at: 3 } },
  ]);
  const openai = wrapOpenAI(new OpenAI({ apiKey: "sk-none", baseURL: `${url}/v1` }));
  const stream = await openai.chat.completions.create({
    model: "m",
    stream: true,
    messages: [{ role: "user", content: "What is it?" }],
  });
  for await (const _ of stream);
  await tracing.flush();
  // The client records its own HTTP calls too, where anybody listens.
  const spans = exporter
    .getFinishedSpans()
    .filter(({ instrumentationScope }) => instrumentationScope.name === "@loam/observe");
  const records = spans.map((span) => toSpanRecord(span, builtinPrices));
  await tracing.stop();
  server.close();
  expect(records).toHaveLength(4);
  const shown = { model: "claude-x", provider: "anthropic", kind: "llm" };
  expect(records[0]).toMatchObject({ ...shown, inputTokens: 3, outputTokens: 2 });
  for (const record of records.slice(1, 3)) {
    expect(record).toMatchObject({ ...shown, inputTokens: 105, outputTokens: 9, cacheReadTokens: 100 });
    expect(JSON.stringify(record.output)).toContain('"arguments":{"at":3}');
  }
  expect(records[3]).toMatchObject({ model: "m", inputTokens: 3, outputTokens: 3 });
  expect(spans.map(({ attributes }) => attributes["loam.usage.estimated"])).toEqual([
    undefined,
    undefined,
    undefined,
    true,
  ]);
});
