import type { SpanRecord } from "./span-record.ts";

/** One span of a trace with the spans that ran inside it, in order of their start. */
export interface SpanNode extends Omit<SpanRecord, "endUs"> {
  durationMs: number;
  children: SpanNode[];
}

/** A trace in one line. */
export interface TraceSummary {
  id: string;
  /** Of the outermost span. */
  name: string;
  startedAt: Date;
  /** From the first start to the last end. */
  durationMs: number;
  /** `error` when the outermost span failed; an error that was handled inside does not count. */
  status: "ok" | "error";
  spans: number;
  /** Model calls; a call that two layers recorded (a client inside a framework) counts once. */
  modelCalls: number;
  inputTokens: number;
  outputTokens: number;
  /** Sum over the calls with a known price; null when there is none. */
  costUsd: number | null;
  /** Model calls without a known price: `costUsd` lacks them. */
  unpricedCalls: number;
  models: string[];
}

/** What {@link summariseTrace} reads of a span. */
export type SpanOutline = Omit<SpanRecord, "attributes" | "events" | "input" | "output">;

/** @param spans of one trace, at least one, in any order. */
export function summariseTrace(spans: readonly SpanOutline[]): TraceSummary {
  const ordered = [...spans].sort((a, b) => a.startUs - b.startUs);
  const ids = new Set(ordered.map((span) => span.spanId));
  const root = ordered.find((span) => !span.parentSpanId || !ids.has(span.parentSpanId)) ?? ordered[0]!;
  const calls = innermostCalls(ordered);
  const priced = calls.filter((call) => call.costUsd !== null);
  const sum = (values: (number | null)[]) => values.reduce<number>((total, value) => total + (value ?? 0), 0);
  return {
    id: root.traceId,
    name: root.name,
    startedAt: new Date(root.startUs / 1000),
    durationMs: (Math.max(...ordered.map((span) => span.endUs)) - ordered[0]!.startUs) / 1000,
    status: root.status === "error" ? "error" : "ok",
    spans: ordered.length,
    modelCalls: calls.length,
    inputTokens: sum(calls.map((call) => call.inputTokens)),
    outputTokens: sum(calls.map((call) => call.outputTokens)),
    costUsd: priced.length > 0 ? sum(priced.map((call) => call.costUsd)) : null,
    unpricedCalls: calls.length - priced.length,
    models: [...new Set(calls.flatMap((call) => (call.model ? [call.model] : [])))],
  };
}

/** Spans joined to their parents. A span whose parent is not there (yet) stands at the top. */
export function buildTree(spans: readonly SpanRecord[]): SpanNode[] {
  const nodes = new Map<string, SpanNode>();
  for (const { endUs, ...span } of [...spans].sort((a, b) => a.startUs - b.startUs))
    nodes.set(span.spanId, { ...span, durationMs: (endUs - span.startUs) / 1000, children: [] });
  const roots: SpanNode[] = [];
  for (const node of nodes.values()) {
    const parent = node.parentSpanId ? nodes.get(node.parentSpanId) : undefined;
    (parent && parent !== node ? parent.children : roots).push(node);
  }
  return roots;
}

/** Model calls that contain no other: a framework's span repeats the tokens of the calls inside it. */
function innermostCalls(spans: readonly SpanOutline[]): SpanOutline[] {
  const isCall = (span: SpanOutline) =>
    span.kind === "llm" || span.kind === "embedding" || span.inputTokens !== null || span.outputTokens !== null;
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const outer = new Set<string>();
  for (const span of spans) {
    if (!isCall(span)) continue;
    const seen = new Set([span.spanId]);
    let parent = span.parentSpanId;
    while (parent && !seen.has(parent) && !outer.has(parent)) {
      seen.add(parent);
      outer.add(parent);
      parent = byId.get(parent)?.parentSpanId ?? null;
    }
  }
  return spans.filter((span) => isCall(span) && !outer.has(span.spanId));
}
