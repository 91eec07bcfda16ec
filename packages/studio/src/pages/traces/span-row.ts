import type { SpanJson, TraceJson } from "@loam/server";

/** A span as a row of the tree or the waterfall. */
export interface SpanRow {
  span: SpanJson;
  /** Place and length of its bar, in per cent of the trace. */
  leftPercent: number;
  widthPercent: number;
}

/** Bars keep at least this share of the width, so that a short step can be seen. */
const leastPercent = 0.4;

export function toSpanRows(trace: Pick<TraceJson, "tree" | "durationMs">): SpanRow[] {
  const total = Math.max(trace.durationMs, ...trace.tree.map(({ startMs, durationMs }) => startMs + durationMs), 0.001);
  return trace.tree.map((span) => {
    const leftPercent = Math.min((100 * Math.max(0, span.startMs)) / total, 100 - leastPercent);
    return {
      span,
      leftPercent,
      widthPercent: Math.min(Math.max((100 * span.durationMs) / total, leastPercent), 100 - leftPercent),
    };
  });
}

/** An input or output as text: text itself, or indented JSON. */
export function toReadable(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
