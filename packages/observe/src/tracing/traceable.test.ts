import { InMemorySpanExporter } from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeEach, expect, test } from "vitest";
import { builtinPrices } from "../prices/prices.ts";
import { toSpanRecord } from "../record/span-record.ts";
import { currentTraceId, openSpan, span } from "./span.ts";
import { traceable } from "./traceable.ts";
import { startTracing } from "./tracing.ts";

const exporter = new InMemorySpanExporter();
const tracing = startTracing({ exporter, environment: {} });
afterAll(() => tracing.stop());
beforeEach(async () => {
  await tracing.flush();
  exporter.reset();
});

async function recorded() {
  await tracing.flush();
  return exporter.getFinishedSpans().map((finished) => toSpanRecord(finished, builtinPrices));
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 2));

test("a function keeps its result, its `this`, its name and its length", async () => {
  const counter = {
    count: 1,
    add: traceable(function add(this: { count: number }, a: number, b: number) {
      return this.count + a + b;
    }),
  };
  expect(counter.add(2, 3)).toBe(6);
  expect([counter.add.name, counter.add.length]).toEqual(["add", 2]);
  const [one] = await recorded();
  expect(one).toMatchObject({
    name: "add",
    kind: "chain",
    status: "unset",
    input: [2, 3],
    output: 6,
    parentSpanId: null,
  });
});

test("types survive, generics and overloads included", () => {
  const first = traceable(<T>(items: T[]): T | undefined => items[0]);
  const text: string | undefined = first(["a"]);
  const wait = traceable(async (ms: number) => `${ms}`);
  const promise: Promise<string> = wait(1);
  expect(text).toBe("a");
  return promise;
});

test("calls nest through awaits and parallel branches", async () => {
  const leaf = traceable(async (name: string) => pause().then(() => name), { name: "leaf", kind: "tool" });
  const branch = traceable(async (name: string) => pause().then(() => leaf(name)), { name: "branch" });
  const root = traceable(async () => Promise.all(["a", "b"].map((name) => branch(name))), { name: "root" });
  expect(await root()).toEqual(["a", "b"]);
  const spans = await recorded();
  const byId = new Map(spans.map((one) => [one.spanId, one]));
  expect(
    spans.filter((one) => one.name === "leaf").map((one) => [one.output, byId.get(one.parentSpanId!)?.output]),
  ).toEqual([
    ["a", "a"],
    ["b", "b"],
  ]);
  const outer = spans.find((one) => one.name === "root")!;
  expect(spans.filter((one) => one.name === "branch").every((one) => one.parentSpanId === outer.spanId)).toBe(true);
  expect(new Set(spans.map((one) => one.traceId)).size).toBe(1);
});

test("errors are recorded, thrown on unchanged, and hold no secret", async () => {
  const boom = new TypeError("refused: sk-abcdefghijklmnopqrstuv at postgres://u:p@h/db");
  const sync = traceable(
    () => {
      throw boom;
    },
    { name: "sync" },
  );
  const later = traceable(async () => pause().then(() => sync()), { name: "later" });
  await expect(later()).rejects.toBe(boom);
  const spans = await recorded();
  expect(spans.map((one) => [one.name, one.status, one.statusMessage])).toEqual([
    ["sync", "error", "refused: [redacted] at postgres://[redacted]@h/db"],
    ["later", "error", "refused: [redacted] at postgres://[redacted]@h/db"],
  ]);
  expect(spans[0]!.events[0]).toMatchObject({ name: "exception", attributes: { "exception.type": "TypeError" } });
  expect(JSON.stringify(spans)).not.toContain("sk-abc");
});

test("an async generator's span covers the reading, and what it calls nests inside", async () => {
  const inner = traceable(async (n: number) => n * 2, { name: "inner" });
  const numbers = traceable(async function* numbers(to: number) {
    for (let n = 1; n <= to; n++) yield await inner(n);
    return "done";
  });
  const seen: number[] = [];
  for await (const n of numbers(3)) seen.push(n);
  expect(seen).toEqual([2, 4, 6]);
  const spans = await recorded();
  const outer = spans.find((one) => one.name === "numbers")!;
  expect(outer.output).toEqual([2, 4, 6]);
  expect(spans.filter((one) => one.name === "inner").map((one) => one.parentSpanId)).toEqual(
    Array(3).fill(outer.spanId),
  );
});

test("a stream that is left early, fails, or comes from a promise ends its span once", async () => {
  const endless = traceable(async function* endless() {
    for (let n = 0; ; n++) yield n;
  });
  for await (const n of endless()) if (n === 1) break;
  const failing = traceable(async function* failing() {
    yield "a";
    throw new Error("cut");
  });
  await expect(
    (async () => {
      for await (const _ of failing());
    })(),
  ).rejects.toThrow("cut");
  const promised = traceable(async () => endless(), { name: "promised" });
  for await (const _ of await promised()) break;
  expect((await recorded()).map((one) => [one.name, one.status, one.output])).toEqual([
    ["endless", "unset", [0, 1]],
    ["failing", "error", null],
    ["endless", "unset", [0]],
    ["promised", "unset", [0]],
  ]);
});

test("an iterable object keeps its other members, a ReadableStream its kind", async () => {
  class Answer {
    #text = "hidden";
    result = Promise.resolve(42);
    text() {
      return this.#text;
    }
    async *[Symbol.asyncIterator]() {
      yield this.#text;
    }
  }
  const answer = traceable(() => new Answer(), { name: "answer" })();
  expect([answer.text(), await answer.result, answer instanceof Answer]).toEqual(["hidden", 42, true]);
  for await (const piece of answer) expect(piece).toBe("hidden");
  const stream = traceable(
    () =>
      new ReadableStream<string>({
        start(c) {
          c.enqueue("x");
          c.close();
        },
      }),
    { name: "stream" },
  )();
  expect(stream).toBeInstanceOf(ReadableStream);
  for await (const item of stream as unknown as AsyncIterable<string>) expect(item).toBe("x");
  expect((await recorded()).map((one) => [one.name, one.output])).toEqual([
    ["answer", ["hidden"]],
    ["stream", ["x"]],
  ]);
});

test("what is recorded can be chosen, and a chooser that throws breaks nothing", async () => {
  const chosen = traceable((question: string, _db: object) => ({ answer: question, rows: [1, 2] }), {
    name: "chosen",
    kind: "retriever",
    input: (question) => question,
    output: (result: { rows: number[] }) => result.rows.length,
  });
  chosen("why", {});
  const broken = traceable((n: number) => n, {
    name: "broken",
    input: () => {
      throw new Error("no");
    },
  });
  expect(broken(3)).toBe(3);
  const [first, second] = await recorded();
  expect(first).toMatchObject({ kind: "retriever", input: "why", output: 2 });
  expect(second).toMatchObject({ name: "broken", input: null, output: 3 });
});

test("span gives its id, takes attributes, and ends when its promise settles", async () => {
  let id: string | undefined;
  const result = await span("step", { kind: "tool", attributes: { pages: 3 } }, async (opened) => {
    id = currentTraceId();
    await pause();
    opened.set({ ignored: undefined, detail: { a: 1 } });
    return "ok";
  });
  expect([result, currentTraceId()]).toEqual(["ok", undefined]);
  const [one] = await recorded();
  expect(one).toMatchObject({
    traceId: id,
    attributes: { pages: 3, detail: '{"a":1}', "gen_ai.operation.name": "execute_tool" },
  });
  expect(one!.endUs! - one!.startUs).toBeGreaterThan(1000);
});

test("an ended span takes nothing more", async () => {
  const opened = openSpan("once");
  opened.end();
  opened.set({ late: 1 });
  opened.fail(new Error("late"));
  opened.end();
  expect(await recorded()).toMatchObject([{ name: "once", status: "unset" }]);
});
