import { Rng } from "@loam/core";
import { type GenerationEvent, type NumberedEvent, ResponseWriter } from "@loam/platform";
import { ChatCompletionStream } from "openai/lib/ChatCompletionStream";
import { expect, test } from "vitest";
import { toMessageStream } from "../anthropic/stream.ts";
import { toChunks } from "./chat-completions/stream.ts";
import { toResponseStream } from "./responses/stream.ts";

const usage = { promptTokens: 3, cachedTokens: 0, completionTokens: 5, reasoningTokens: 0 };

/** A generation as a model may make it: reasoning, text and calls in any number, whole or cut. */
function randomEvents(rng: Rng, choice = 0): GenerationEvent[] {
  const pick = (n: number) => Math.floor(rng.uniform() * n);
  const events: GenerationEvent[] = [];
  const text = () => ["a", "é", "海🌊", '"{', " "][pick(5)]!;
  for (let i = pick(3); i > 0; i--) events.push({ choice, type: "reasoning", text: text() });
  for (let i = pick(4); i > 0; i--) events.push({ choice, type: "text", text: text() });
  const calls = pick(3);
  const isCut = pick(4) === 0;
  for (let call = 0; call < calls; call++) {
    events.push({ choice, type: "call-start", call, id: `call_${call}`, name: `f${call}`, kind: "function" });
    const pieces = ['{"a"', ": ", "1}"];
    const cutHere = isCut && call === calls - 1;
    for (const piece of pieces.slice(0, cutHere ? pick(3) : 3))
      events.push({ choice, type: "call-delta", call, text: piece });
    if (!cutHere) events.push({ choice, type: "call-end", call });
  }
  const reason = isCut ? "length" : calls > 0 ? "tool_calls" : "stop";
  events.push({ choice, type: "finish", reason, usage });
  return events;
}

async function* from<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const runs = Array.from({ length: 60 }, (_, seed) => seed);
const textOf = (events: readonly GenerationEvent[]) =>
  events.flatMap((event) => (event.type === "text" ? [event.text] : [])).join("");

test.each(runs)("chat: run %i goes through the client's own accumulator", async (seed) => {
  const events = randomEvents(new Rng(seed));
  const facts = {
    id: "chatcmpl-1",
    created: 1,
    model: "m",
    service_tier: "default" as const,
    system_fingerprint: "fp",
  };
  const sent = await all(toChunks(facts, from(events), {} as never, { onEnd: async () => {} }));
  expect(sent.at(-1)!.data).toBe("[DONE]");
  const lines = sent.slice(0, -1).map(({ data }) => `${JSON.stringify(data)}\n`);
  const body = new ReadableStream({
    start(controller) {
      for (const line of lines) controller.enqueue(new TextEncoder().encode(line));
      controller.close();
    },
  });
  const final = await ChatCompletionStream.fromReadableStream(body).finalChatCompletion();
  const { message } = final.choices[0]!;
  expect(message.content ?? "").toBe(textOf(events));
  expect(message.tool_calls?.length ?? 0).toBe(events.filter(({ type }) => type === "call-start").length);
});

test.each(runs)("responses: run %i opens, fills and closes each item, and ends with them", async (seed) => {
  const events = randomEvents(new Rng(seed));
  const writer = new ResponseWriter();
  const body: { type: string; [field: string]: unknown }[] = [];
  for (const event of events) body.push(...writer.write(event));
  body.push(...writer.end("completed"));
  const whole = [
    { type: "response.created" },
    { type: "response.in_progress" },
    ...body,
    { type: "response.completed" },
  ];
  const numbered = whole.map((event, i) => ({ ...event, sequence_number: i })) as NumberedEvent[];
  const sent = await all(toResponseStream(from(numbered), { whole: true })); // throws where the grammar does not allow it
  expect(sent).toHaveLength(numbered.length);
  const done = body.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item);
  expect(done).toEqual(writer.output);
  const deltas = body.flatMap((event) => (event.type === "response.output_text.delta" ? [event.delta] : []));
  expect(deltas.join("")).toBe(textOf(events));
  expect(writer.output.length).toBeGreaterThan(0);
});

test.each(runs)("anthropic: run %i has its blocks one after the other", async (seed) => {
  const events = randomEvents(new Rng(seed));
  const sent = await all(toMessageStream({ id: "msg_1", model: "m", inputTokens: 3 }, from(events)));
  const starts = sent.filter(({ event }) => event === "content_block_start").length;
  expect(sent.filter(({ event }) => event === "content_block_stop")).toHaveLength(starts);
  expect(sent.at(-1)!.event).toBe("message_stop");
});
