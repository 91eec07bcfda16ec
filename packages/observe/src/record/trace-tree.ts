import type { SpanKind } from "../kind/span-kind.ts";
import type { SpanRecord } from "./span-record.ts";

/** One span of a trace with the spans that ran inside it, in order of their start. */
export interface SpanNode extends Omit<SpanRecord, "endUs" | "kind"> {
  kind: SpanKind;
  /** Never negative, whatever the clocks say; 0 while the span is open. */
  durationMs: number;
  /** Its end has not been told. */
  open: boolean;
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
export type SpanOutline = Pick<
  SpanRecord,
  | "traceId"
  | "spanId"
  | "parentSpanId"
  | "name"
  | "kind"
  | "startUs"
  | "endUs"
  | "status"
  | "model"
  | "inputTokens"
  | "outputTokens"
  | "costUsd"
>;

/** @param spans of one trace, at least one, in any order. */
export function summariseTrace(spans: readonly SpanOutline[]): TraceSummary {
  const ordered = [...spans].sort((a, b) => a.startUs - b.startUs);
  const ids = new Set(ordered.map((span) => span.spanId));
  const root = ordered.find((span) => !span.parentSpanId || !ids.has(span.parentSpanId)) ?? ordered[0]!;
  const endUs = ordered.reduce((latest, span) => Math.max(latest, span.endUs ?? span.startUs), 0);
  return {
    id: root.traceId,
    name: root.name,
    startedAt: new Date(ordered[0]!.startUs / 1000),
    durationMs: Math.max(0, endUs - ordered[0]!.startUs) / 1000,
    status: root.status === "error" ? "error" : "ok",
    spans: ordered.length,
    ...sumCalls(innermostCalls(ordered)),
  };
}

/** The totals of model calls, each counted once. */
export function sumCalls(calls: readonly SpanOutline[]) {
  const priced = calls.filter((call) => call.costUsd !== null);
  const sum = (values: (number | null)[]) => values.reduce<number>((total, value) => total + (value ?? 0), 0);
  return {
    modelCalls: calls.length,
    inputTokens: sum(calls.map((call) => call.inputTokens)),
    outputTokens: sum(calls.map((call) => call.outputTokens)),
    costUsd: priced.length > 0 ? sum(priced.map((call) => call.costUsd)) : null,
    unpricedCalls: calls.length - priced.length,
    models: [...new Set(calls.flatMap((call) => (call.model ? [call.model] : [])))],
  };
}

/**
 * Spans joined to their parents. A span whose parent is not there (yet) stands at the top; so does one of each circle
 * of spans that name each other as parents.
 */
export function buildTree(spans: readonly SpanRecord[]): SpanNode[] {
  const nodes = new Map<string, SpanNode>();
  for (const { endUs, kind, ...span } of [...spans].sort((a, b) => a.startUs - b.startUs))
    nodes.set(span.spanId, {
      ...span,
      kind: kind || "chain",
      open: endUs === null,
      durationMs: endUs === null ? 0 : Math.max(0, endUs - span.startUs) / 1000,
      children: [],
    });
  const roots: SpanNode[] = [];
  const settled = new Set<SpanNode>();
  for (const node of nodes.values()) {
    // Up from each span until one whose way to the top is known; coming back to the way just gone closes a circle.
    const way = new Set<SpanNode>();
    let at: SpanNode | undefined = node;
    while (at && !settled.has(at) && !way.has(at)) {
      way.add(at);
      at = at.parentSpanId ? nodes.get(at.parentSpanId) : undefined;
    }
    const closes = at && way.has(at) ? at : undefined;
    for (const step of way) {
      settled.add(step);
      if (step === closes || !step.parentSpanId || !nodes.has(step.parentSpanId)) roots.push(step);
    }
  }
  const top = new Set(roots);
  for (const node of nodes.values()) if (!top.has(node)) nodes.get(node.parentSpanId!)!.children.push(node);
  return roots.sort((a, b) => a.startUs - b.startUs);
}

/**
 * Model calls that contain no other: a framework's span repeats the tokens of the calls inside it. A call that says
 * nothing of its tokens inside one that does (a request of the client below) is the same call, told with less.
 */
export function innermostCalls(spans: readonly SpanOutline[]): SpanOutline[] {
  const hasTokens = (span: SpanOutline) => span.inputTokens !== null || span.outputTokens !== null;
  const isCall = (span: SpanOutline) => span.kind === "llm" || span.kind === "embedding" || hasTokens(span);
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const above = (from: SpanOutline, mark: Set<string>) => {
    const seen = new Set([from.spanId]);
    let parent = from.parentSpanId;
    while (parent && !seen.has(parent) && !mark.has(parent)) {
      seen.add(parent);
      mark.add(parent);
      parent = byId.get(parent)?.parentSpanId ?? null;
    }
  };
  const outsideTokens = new Set<string>();
  const outsideCalls = new Set<string>();
  for (const span of spans) {
    if (!isCall(span)) continue;
    above(span, outsideCalls);
    if (hasTokens(span)) above(span, outsideTokens);
  }
  const counted = spans.filter((span) => hasTokens(span) && !outsideTokens.has(span.spanId));
  const withTokens = new Set(counted.map((span) => span.spanId));
  const isInside = (span: SpanOutline): boolean => {
    const seen = new Set<string>();
    let parent = span.parentSpanId;
    while (parent && !seen.has(parent)) {
      if (withTokens.has(parent)) return true;
      seen.add(parent);
      parent = byId.get(parent)?.parentSpanId ?? null;
    }
    return false;
  };
  const silent = spans.filter(
    (span) => isCall(span) && !hasTokens(span) && !outsideCalls.has(span.spanId) && !isInside(span),
  );
  return [...counted, ...silent].sort((a, b) => a.startUs - b.startUs);
}
