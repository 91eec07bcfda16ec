import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "@loam/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeSpans } from "../ingest/span-writer.ts";
import type { SpanRecord } from "../record/span-record.ts";
import { summariseTrace } from "../record/trace-tree.ts";
import { deleteTrace, deleteTracesBefore, getTrace } from "../record/traces.ts";
import { keepWords } from "../spans/keep-words.ts";
import { listTraces } from "../spans/list-traces.ts";
import { openModelSpan } from "./gen-ai.ts";
import { span } from "./span.ts";
import { startTracing, type Tracing } from "./tracing.ts";

let home: string;
let store: Store;
let tracing: Tracing;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "loam-traces-"));
  store = await openStore({ home });
  tracing = startTracing({ store, environment: {}, prices: { "my-model": { input: 10, output: 20 } } });
});
afterAll(async () => {
  await tracing.stop();
  await store.close();
  await rm(home, { recursive: true, force: true });
});

function call(model: string, usage: { inputTokens?: number; outputTokens?: number }): void {
  const opened = openModelSpan({
    operation: "chat",
    provider: "openai",
    model,
    messages: [{ role: "user", parts: [{ type: "text", content: "why?" }] }],
  });
  opened.respond({ usage, messages: [{ role: "assistant", parts: [{ type: "text", content: "because\u0000" }] }] });
  opened.end();
}

test("a trace is read back as a tree with durations, tokens and cost", async () => {
  const id = await span("ask", {}, async (root) => {
    root.input("why?");
    await span("retrieve", { kind: "retriever" }, async (inner) => inner.output([{ page: 1 }]));
    call("my-model", { inputTokens: 1000, outputTokens: 100 });
    call("unknown-model", { inputTokens: 7, outputTokens: 3 });
    return root.traceId;
  });
  await tracing.flush();
  const trace = await getTrace(store, id);
  expect(trace).toMatchObject({
    id,
    name: "ask",
    status: "ok",
    spans: 4,
    modelCalls: 2,
    inputTokens: 1007,
    outputTokens: 103,
    costUsd: 0.012,
    unpricedCalls: 1,
    models: ["my-model", "unknown-model"],
  });
  expect(trace.roots).toHaveLength(1);
  expect(trace.roots[0]).toMatchObject({
    name: "ask",
    input: "why?",
    children: [
      { name: "retrieve", kind: "retriever", output: [{ page: 1 }] },
      {
        name: "chat my-model",
        kind: "llm",
        costUsd: 0.012,
        input: [{ role: "user", parts: [{ type: "text", content: "why?" }] }],
      },
      { name: "chat unknown-model", costUsd: null, output: [{ role: "assistant" }] },
    ],
  });
  expect(trace.durationMs).toBeGreaterThan(0);
  expect((await getTrace(store, id.slice(0, 10))).id).toBe(id);
});

test("listing pages backwards in time, finds text and filters by status", async () => {
  for (const name of ["one 50%", "two", "three"]) await span(name, {}, async (root) => root.output(`about ${name}`));
  await span("bad", {}, async () => {
    throw new Error("no luck");
  }).catch(() => {});
  await tracing.flush();
  const names = async (options: Parameters<typeof listTraces>[1]) =>
    (await listTraces(store, options)).map((trace) => trace.name);
  expect(await names({ limit: 2 })).toEqual(["bad", "three"]);
  const [, second] = await listTraces(store, { limit: 2 });
  expect(await names({ limit: 2, before: second!.id })).toEqual(["two", "one 50%"]);
  const searches = async () => {
    expect(await names({ query: "ABOUT T" })).toEqual(["three", "two"]);
    expect(await names({ query: "50%" })).toEqual(["one 50%"]);
    expect(await names({ query: "o" })).toEqual(["bad", "three", "two", "one 50%", "ask"]);
    expect(await names({ query: "o", limit: 1 })).toEqual(["bad"]);
    expect(await names({ query: "about", before: second!.id })).toEqual(["two", "one 50%"]);
    expect(await names({ query: "nothing like it" })).toEqual([]);
  };
  await searches();
  expect(await names({ status: "error" })).toEqual(["bad"]);
  // Once their words are kept it is the same, and a trace that grows is looked into again.
  expect(await keepWords(store, { share: 1 })).toBe(5);
  await searches();
  await span("four", {}, async (root) =>
    root.output({ said: 'GRÜSSE "an alle"\nTOΣ', at: `${"x".repeat(10_000)}ende` }),
  );
  await tracing.flush();
  const found = async () => [
    await names({ query: '"an alle"\n' }),
    await names({ query: "grüsse" }),
    await names({ query: "xende" }),
  ];
  const before = await found();
  expect(before).toEqual([["four"], expect.anything(), ["four"]]);
  expect(await keepWords(store, { share: 1 })).toBe(1);
  expect(await found()).toEqual(before);
  expect(await keepWords(store)).toBe(0);
  await expect(listTraces(store, { limit: 0 })).rejects.toThrow(
    "`limit` is 0; expected a whole number from 1 to 1000.",
  );
});

test("the same span sent twice is kept once", async () => {
  const one = record({ traceId: "c".repeat(32) });
  await writeSpans(store, [one, one]);
  await writeSpans(store, [one]);
  expect((await getTrace(store, one.traceId)).spans).toBe(1);
});

test("a trace can be deleted, and old ones by date", async () => {
  const old = record({ traceId: "d".repeat(32), startUs: 1e15, endUs: 1e15 + 5 });
  await writeSpans(store, [old, { ...old, spanId: "2".repeat(16) }]);
  expect(await deleteTracesBefore(store, new Date(1e12 + 1))).toBe(1);
  await expect(getTrace(store, old.traceId)).rejects.toThrow(
    `Trace "${old.traceId}" does not exist. List the recorded ones: \`loam trace ls\``,
  );
  expect(await deleteTrace(store, "c".repeat(32))).toBe(true);
  expect(await deleteTrace(store, "c".repeat(32))).toBe(false);
});

test("a call recorded by two layers counts once", () => {
  const outer = record({ spanId: "1".repeat(16), kind: "llm", inputTokens: 5, outputTokens: 1, costUsd: 1 });
  const inner = record({
    spanId: "2".repeat(16),
    parentSpanId: outer.spanId,
    kind: "llm",
    inputTokens: 5,
    outputTokens: 1,
    costUsd: 1,
  });
  expect(summariseTrace([inner, outer])).toMatchObject({ modelCalls: 1, inputTokens: 5, costUsd: 1, spans: 2 });
});

function record(values: Partial<SpanRecord>): SpanRecord {
  return {
    traceId: "a".repeat(32),
    spanId: "1".repeat(16),
    parentSpanId: null,
    name: "step",
    kind: "chain",
    startUs: 1.7e15,
    endUs: 1.7e15 + 10,
    status: "unset",
    statusMessage: null,
    attributes: {},
    events: [],
    input: null,
    output: null,
    model: null,
    provider: null,
    inputTokens: null,
    outputTokens: null,
    cacheReadTokens: null,
    cacheWriteTokens: null,
    reasoningTokens: null,
    costUsd: null,
    project: "default",
    sessionId: null,
    userId: null,
    tags: null,
    metadata: null,
    dialect: null,
    origin: null,
    ...values,
  };
}
