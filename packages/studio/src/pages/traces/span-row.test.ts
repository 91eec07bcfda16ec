import type { SpanJson } from "@loam/server";
import { expect, test } from "vitest";
import { toReadable, toSpanRows } from "./span-row.ts";

const span = (id: string, startMs: number, durationMs: number): SpanJson => ({
  id,
  parentId: null,
  depth: 0,
  name: id,
  kind: "chain",
  startMs,
  durationMs,
  status: "ok",
  statusMessage: null,
  model: null,
  inputTokens: null,
  outputTokens: null,
  costUsd: null,
  open: false,
  provider: null,
  cacheReadTokens: null,
  cacheWriteTokens: null,
  reasoningTokens: null,
  project: "default",
  sessionId: null,
  userId: null,
  tags: null,
  metadata: null,
  dialect: null,
  attributes: {},
  events: [],
});

test("bars lie where the steps lie in the trace, and short ones can still be seen", () => {
  const rows = toSpanRows({ durationMs: 200, tree: [span("a", 0, 200), span("b", 50, 100), span("c", 199.99, 0)] });
  expect(rows.map(({ leftPercent, widthPercent }) => [leftPercent, widthPercent])).toEqual([
    [0, 100],
    [25, 50],
    [99.6, 0.4],
  ]);
});

test("a child that outlives the trace stretches the axis instead of leaving it", () => {
  const rows = toSpanRows({ durationMs: 100, tree: [span("a", 0, 100), span("b", 100, 100)] });
  expect(rows[1]).toMatchObject({ leftPercent: 50, widthPercent: 50 });
});

test("values read as text or as indented JSON", () => {
  expect(toReadable("two\nlines")).toBe("two\nlines");
  expect(toReadable({ a: 1 })).toBe('{\n  "a": 1\n}');
});
