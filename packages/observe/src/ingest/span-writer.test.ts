import { openStore, type Store } from "@loam/store";
import { type StartedEngine, storeEngines } from "@loam/store/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SpanRecord } from "../record/span-record.ts";
import { deleteTraces, getTrace } from "../record/traces.ts";
import { listTraces } from "../spans/list-traces.ts";
import { findSpan } from "../spans/query-spans.ts";
import { mergeRecords } from "./merge-records.ts";
import { OverloadedError, readBlob, writeSpans } from "./span-writer.ts";

const record = (values: Partial<SpanRecord>): SpanRecord => ({
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
});

for (const engine of storeEngines()) {
  describe.skipIf(engine.missing)(engine.name, () => {
    let started: StartedEngine;
    let store: Store;
    beforeAll(async () => {
      started = await engine.start();
      store = await openStore(await started.newStore());
    });
    afterAll(async () => {
      await store?.close();
      await started?.stop();
    });

    const post = record({
      name: "call",
      kind: "llm",
      endUs: null,
      input: { q: "hi" },
      output: {},
      model: "gpt-4o",
      project: "p",
      metadata: { a: 1 },
      origin: { run_type: "llm" },
    });
    const patch = record({
      name: "",
      kind: "",
      startUs: 1.7e15 + 99,
      endUs: 1.7e15 + 500,
      status: "ok",
      output: { a: "ho" },
      inputTokens: 1000,
      outputTokens: 2,
      metadata: { b: 2 },
      origin: { partial: true },
    });
    const whole = {
      name: "call",
      kind: "llm",
      startUs: 1.7e15,
      endUs: 1.7e15 + 500,
      status: "ok",
      input: { q: "hi" },
      output: { a: "ho" },
      project: "p",
      metadata: { a: 1, b: 2 },
      origin: { run_type: "llm" },
    };

    test.each([
      ["in order", [[post], [patch]]],
      ["the update first", [[patch], [post]]],
      ["together", [[post, patch]]],
      ["together, the update first", [[patch, post]]],
      ["each twice", [[post], [post, patch], [patch]]],
    ])("a span and its update are one, %s; its cost is known once both are there", async (_, batches) => {
      const traceId = crypto.randomUUID().replaceAll("-", "");
      for (const batch of batches)
        await writeSpans(
          store,
          batch.map((each) => ({ ...each, traceId })),
        );
      const trace = await getTrace(store, traceId);
      expect(trace.spans).toBe(1);
      expect(trace.roots[0]).toMatchObject({
        name: "call",
        kind: "llm",
        open: false,
        input: { q: "hi" },
        output: { a: "ho" },
      });
      expect(trace.costUsd).toBeCloseTo((1000 * 2.5 + 2 * 10) / 1e6, 12);
      const listed = await listTraces(store, { project: "p" });
      expect(listed.find(({ id }) => id === traceId)).toMatchObject({ inputTokens: 1000, spans: 1 });
    });

    test("the rules are the same in memory and in SQL", async () => {
      expect(mergeRecords(post, patch)).toMatchObject(whole);
      expect(mergeRecords(patch, post)).toMatchObject(whole);
      const spanId = "c0ffee0000000001";
      await writeSpans(store, [{ ...post, spanId }]);
      await writeSpans(store, [{ ...patch, spanId }]);
      expect(await findSpan(store, spanId)).toMatchObject(whole);
    });

    test("secrets and large bytes do not reach the table; a link to the bytes does", async () => {
      const bytes = Buffer.alloc(20_000, 7);
      const traceId = "b".repeat(32);
      await writeSpans(store, [
        record({
          traceId,
          input: {
            image: `data:image/png;base64,${bytes.toString("base64")}`,
            note: "key sk-proj-AbCdEfGhIjKlMnOp1234",
          },
          attributes: { "http.request.header.authorization": "Bearer abcdef123456789", "k\u0000": "v\ud800" },
        }),
      ]);
      const { roots } = await getTrace(store, traceId);
      const text = JSON.stringify(roots);
      expect(text).not.toMatch(/AbCdEf|abcdef123|base64/);
      const [, sha256] = /\/api\/blobs\/([0-9a-f]{64})\?type=image%2Fpng/.exec(text)!;
      expect(Buffer.from(await new Response(await readBlob(store, sha256!)).arrayBuffer())).toEqual(bytes);
    });

    test("a request whose spans cannot be written costs only itself", async () => {
      const bad = record({ traceId: "d".repeat(32), startUs: Number.NaN });
      const good = record({ traceId: "e".repeat(32) });
      const [refused, written] = await Promise.allSettled([writeSpans(store, [bad]), writeSpans(store, [good])]);
      expect([refused.status, written.status]).toEqual(["rejected", "fulfilled"]);
      expect((await getTrace(store, good.traceId)).spans).toBe(1);
    });

    test("more than may wait is refused at once, and what was accepted is written", async () => {
      const many = Array.from({ length: 21_000 }, (_, i) =>
        record({ traceId: "f".repeat(32), spanId: i.toString(16).padStart(16, "0") }),
      );
      const first = writeSpans(store, many);
      const second = writeSpans(store, many.slice(0, 10));
      await expect(writeSpans(store, many)).rejects.toBeInstanceOf(OverloadedError);
      await Promise.all([first, second]);
      expect((await getTrace(store, "f".repeat(32))).spans).toBe(21_000);
      expect(await deleteTraces(store, ["f".repeat(32)])).toBe(1);
    }, 60_000);

    test("circles of parents are shown whole", async () => {
      const traceId = "ab".repeat(16);
      const span = (spanId: string, parentSpanId: string) => record({ traceId, spanId, parentSpanId });
      await writeSpans(store, [
        span("a".repeat(16), "b".repeat(16)),
        span("b".repeat(16), "a".repeat(16)),
        span("c".repeat(16), "c".repeat(16)),
      ]);
      const { roots, spans } = await getTrace(store, traceId);
      const count = (nodes: typeof roots): number => nodes.reduce((sum, node) => sum + 1 + count(node.children), 0);
      expect([spans, count(roots)]).toEqual([3, 3]);
    });
  });
}
