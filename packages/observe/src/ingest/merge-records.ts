import type { SpanRecord } from "../record/span-record.ts";

/**
 * Two accounts of one span as one. The later one has the say where it says something: an update may know little more
 * than the end, and may have come first. The same rules are written in SQL in `insert-spans.ts`.
 */
export function mergeRecords(earlier: SpanRecord, later: SpanRecord): SpanRecord {
  const partial = isPartial(later);
  const origin = { ...earlier.origin, ...later.origin };
  if (!(partial && isPartial(earlier))) delete origin.partial;
  return {
    ...earlier,
    parentSpanId: later.parentSpanId ?? earlier.parentSpanId,
    name: later.name || earlier.name,
    kind: later.kind || earlier.kind,
    startUs: partial ? earlier.startUs : later.startUs,
    endUs: later.endUs ?? earlier.endUs,
    status: later.status === "unset" ? earlier.status : later.status,
    statusMessage: later.statusMessage ?? earlier.statusMessage,
    attributes: { ...earlier.attributes, ...later.attributes },
    events: later.events.length > 0 ? later.events : earlier.events,
    input: isEmpty(later.input) ? (earlier.input ?? later.input) : later.input,
    output: isEmpty(later.output) ? (earlier.output ?? later.output) : later.output,
    model: later.model ?? earlier.model,
    provider: later.provider ?? earlier.provider,
    inputTokens: later.inputTokens ?? earlier.inputTokens,
    outputTokens: later.outputTokens ?? earlier.outputTokens,
    cacheReadTokens: later.cacheReadTokens ?? earlier.cacheReadTokens,
    cacheWriteTokens: later.cacheWriteTokens ?? earlier.cacheWriteTokens,
    reasoningTokens: later.reasoningTokens ?? earlier.reasoningTokens,
    costUsd: later.costUsd ?? earlier.costUsd,
    project: partial ? earlier.project : later.project,
    sessionId: later.sessionId ?? earlier.sessionId,
    userId: later.userId ?? earlier.userId,
    tags: later.tags ?? earlier.tags,
    metadata: later.metadata || earlier.metadata ? { ...earlier.metadata, ...later.metadata } : null,
    dialect: later.dialect ?? earlier.dialect,
    origin: Object.keys(origin).length > 0 ? origin : null,
  };
}

function isPartial({ origin }: SpanRecord): boolean {
  return origin?.partial !== undefined;
}

/** Nothing, or `{}`, which clients send for what is not known yet. */
function isEmpty(value: unknown): boolean {
  return (
    value === null ||
    value === undefined ||
    (typeof value === "object" && !Array.isArray(value) && Object.keys(value).length === 0)
  );
}
