import {
  type FeedbackStats,
  feedbackOfSpans,
  filesOf,
  type SpanRecord,
  type StoredFile,
  type Subtree,
  subtreesOf,
} from "@loam/observe";
import type { Store } from "@loam/store";
import { toUuid } from "./ids.ts";
import type { Json } from "./read-run.ts";

/** Runs as LangSmith's clients read them: with the totals of what happened below, judgements and attachments. */
export async function showRuns(
  store: Store,
  spans: readonly SpanRecord[],
  { origin, sessionIds, prefix }: { origin: string; sessionIds: Map<string, string>; prefix: string },
): Promise<Json[]> {
  const ids = spans.map(({ spanId }) => spanId);
  const [trees, feedback, attachments] = await Promise.all([
    subtreesOf(store, spans),
    feedbackOfSpans(store, ids),
    filesOf(
      store,
      ids.map((id) => `span/${id}`),
    ),
  ]);
  return spans.map((span) =>
    showRun(span, {
      tree: trees.get(span.spanId),
      feedback: feedback.get(span.spanId),
      attachments: attachments.get(`span/${span.spanId}`) ?? [],
      sessionId: sessionIds.get(span.project) ?? null,
      base: `${origin}${prefix}`,
    }),
  );
}

function showRun(
  span: SpanRecord,
  {
    tree,
    feedback = {},
    attachments,
    sessionId,
    base,
  }: {
    tree: Subtree | undefined;
    feedback: Record<string, FeedbackStats> | undefined;
    attachments: StoredFile[];
    sessionId: string | null;
    base: string;
  },
): Json {
  const id = toUuid(span.spanId);
  const origin = span.origin ?? {};
  const inputTokens = span.inputTokens ?? tree?.inputTokens ?? 0;
  const outputTokens = span.outputTokens ?? tree?.outputTokens ?? 0;
  const cost = span.costUsd ?? tree?.costUsd ?? null;
  const ancestors = tree?.ancestors ?? [];
  return {
    id,
    name: span.name || "Unnamed",
    run_type: origin.run_type ?? (span.kind || "chain"),
    start_time: iso(span.startUs),
    end_time: span.endUs === null ? null : iso(span.endUs),
    status: span.status === "error" ? "error" : span.endUs === null ? "pending" : "success",
    error: span.status === "error" ? (span.statusMessage ?? "error") : null,
    inputs: asObject(span.input, "input"),
    outputs: span.output === null ? null : asObject(span.output, "output"),
    extra: { ...(origin.extra as Json | undefined), metadata: span.metadata ?? {} },
    events: span.events.map(({ name, timeUs, attributes }) => ({ name, time: iso(timeUs), ...attributes })),
    serialized: origin.serialized ?? null,
    tags: span.tags ?? [],
    trace_id: toUuid(span.traceId),
    dotted_order: origin.dotted_order ?? dottedOrder(span),
    parent_run_id: span.parentSpanId === null ? null : toUuid(span.parentSpanId),
    parent_run_ids: ancestors.map(toUuid),
    child_run_ids: tree?.descendants.map(toUuid) ?? [],
    direct_child_run_ids: tree?.children.map(toUuid) ?? [],
    session_id: sessionId,
    reference_example_id: origin.reference_example_id ?? null,
    manifest_id: origin.manifest_id ?? null,
    app_path: `/traces/${span.traceId}?span=${span.spanId}`,
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_token_details: span.cacheReadTokens === null ? null : { cache_read: span.cacheReadTokens },
    total_cost: cost,
    prompt_cost: null,
    completion_cost: null,
    first_token_time: null,
    feedback_stats: Object.keys(feedback).length > 0 ? feedback : null,
    thread_id: span.sessionId,
    in_dataset: false,
    inputs_preview: preview(span.input),
    outputs_preview: preview(span.output),
    s3_urls:
      attachments.length === 0
        ? null
        : Object.fromEntries(
            attachments.map(({ path, contentType }) => [
              `attachment.${path}`,
              {
                presigned_url: `${base}/runs/${id}/attachments/${encodeURIComponent(path)}`,
                s3_url: `${base}/runs/${id}/attachments/${encodeURIComponent(path)}`,
                mime_type: contentType,
              },
            ]),
          ),
  };
}

/** Inputs and outputs are objects there. */
function asObject(value: unknown, key: string): Json {
  if (value === null || value === undefined) return {};
  return typeof value === "object" && !Array.isArray(value) ? (value as Json) : { [key]: value };
}

/** ISO 8601 with microseconds. */
export function iso(us: number): string {
  const ms = Math.floor(us / 1000);
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return new Date(0).toISOString();
  return date.toISOString().replace("Z", `${String(Math.floor(us - ms * 1000)).padStart(3, "0")}+00:00`);
}

function dottedOrder(span: SpanRecord): string {
  const time = iso(span.startUs)
    .replace(/[-:]/g, "")
    .replace(/\.(\d{6})\+0000$/, "$1Z");
  return `${time}${toUuid(span.spanId)}`;
}

function preview(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
