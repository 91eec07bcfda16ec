import { describe, expect, test } from "vitest";
import type { PlainSpan, Reading } from "../ingest/plain-span.ts";
import { builtinPrices } from "../prices/prices.ts";
import { recordOfPlain } from "../record/span-record.ts";
import { dialects, readSpan } from "./index.ts";
import { payloads } from "./payloads.ts";

const plain = (values: Partial<PlainSpan>): PlainSpan => ({
  traceId: "a".repeat(32),
  spanId: "b".repeat(16),
  parentSpanId: null,
  name: "chat gpt-4o",
  startUs: 1.7e15,
  endUs: 1.7e15 + 1000,
  status: "ok",
  statusMessage: null,
  attributes: {},
  events: [],
  resource: {},
  ...values,
});

const defined = (values: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

const said: Reading = {
  kind: "llm",
  model: "gpt-4o",
  usage: { inputTokens: 1000, outputTokens: 2, cacheReadTokens: 800 },
  input: [{ role: "user", content: "Hi there" }],
  output: [{ role: "assistant", content: "Hello!" }],
};

test("every dialect has a recorded payload, and every payload a dialect", () => {
  expect(Object.keys(payloads).sort()).toEqual(dialects.map(({ name }) => name).sort());
});

for (const dialect of dialects) {
  describe(dialect.name, () => {
    test("reads back what it writes, with cached tokens as part of the input", () => {
      const span = plain({ attributes: defined(dialect.write(said)) });
      expect(dialect.detect(span)).toBe(true);
      const { taken = [], ...read } = dialect.read(span);
      expect(read).toMatchObject(said);
      expect(taken.length).toBeGreaterThan(0);
    });

    test("reads a recorded payload: kind, model, tokens, cost, prompt and answer", () => {
      const record = recordOfPlain(plain(payloads[dialect.name]!), { prices: builtinPrices });
      expect(record).toMatchObject({ kind: "llm", inputTokens: 1000, outputTokens: 2, cacheReadTokens: 800 });
      expect(record.model).toMatch(/^gpt-4o/);
      // 200 tokens at the full price, 800 at that of the cache, 2 of output.
      expect(record.costUsd).toBeCloseTo((200 * 2.5 + 800 * 1.25 + 2 * 10) / 1e6, 12);
      expect(JSON.stringify(record.input)).toContain("Hi there");
      expect(JSON.stringify(record.output)).toContain("Hello!");
      // What was lifted out is not kept a second time.
      expect(JSON.stringify(record.attributes)).not.toContain("Hello!");
    });

    test("is silent on a span that does not speak it", () => {
      expect(dialect.detect(plain({ attributes: { "http.method": "GET" } }))).toBe(false);
    });
  });
}

test("where several are spoken, the more specific one has the first word and the others fill in", () => {
  const reading = readSpan(
    plain({
      attributes: {
        "openinference.span.kind": "TOOL",
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.usage.input_tokens": 5,
      },
    }),
  );
  expect(reading).toMatchObject({ dialect: "openinference", kind: "tool", model: "gpt-4o", usage: { inputTokens: 5 } });
});

test("cached tokens that were counted beside the input are added to it", () => {
  const record = recordOfPlain(
    plain({
      attributes: {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-sonnet-4-5",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 10,
        "gen_ai.usage.cache_read.input_tokens": 900,
      },
    }),
    { prices: builtinPrices },
  );
  expect(record.inputTokens).toBe(1000);
});

test("flattened names of any depth and shape never throw or reach a prototype", () => {
  const reading = readSpan(
    plain({
      attributes: {
        "llm.input_messages.0.message.__proto__.polluted": 1,
        "llm.input_messages.0": "leaf",
        "llm.input_messages.0.message.role": "user",
        [`llm.input_messages.${"1.".repeat(40)}x`]: "deep",
        "openinference.span.kind": "LLM",
      },
    }),
  );
  expect(reading.kind).toBe("llm");
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});
