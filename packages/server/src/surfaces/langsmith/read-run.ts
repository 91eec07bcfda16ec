import { InputError } from "@loam/core";
import {
  costOf,
  countOf,
  normaliseUsage,
  type PriceTable,
  recordOf,
  type SpanRecord,
  textOf,
  usageColumns,
} from "@loam/observe";
import { isUuid, spanIdOf, toUuid, traceIdOf } from "./ids.ts";

export type Json = Record<string, unknown>;

const kindOfRunType: Record<string, SpanRecord["kind"]> = {
  llm: "llm",
  chain: "chain",
  tool: "tool",
  retriever: "retriever",
  embedding: "embedding",
  prompt: "prompt",
  parser: "chain",
};

/** What a run needs from elsewhere: the trace of one that does not say, the project of one that gives only its id. */
export interface RunContext {
  prices: PriceTable;
  traceOf(spanId: string): string | undefined;
  projectOf(sessionId: string): string | undefined;
}

/**
 * A run as a record. An update (`patch`) knows only what it says, and may come before the run: null means "not given".
 *
 * @throws {InputError} when an id or a time is none.
 */
export function readRun(run: Json, how: "post" | "patch", context: RunContext): SpanRecord {
  const spanId = spanIdOf(run.id);
  const parent = run.parent_run_id ? spanIdOf(run.parent_run_id, "parent_run_id") : parentOf(run.dotted_order);
  const traceId =
    (run.trace_id ? traceIdOf(run.trace_id) : rootOf(run.dotted_order)) ??
    context.traceOf(spanId) ??
    (parent ? (context.traceOf(parent) ?? parent.padStart(32, "0")) : spanId.padStart(32, "0"));
  const start = timeOf(run.start_time, "start_time") ?? startOf(run.dotted_order);
  const endUs = timeOf(run.end_time, "end_time") ?? null;
  const startUs = start ?? endUs ?? Date.now() * 1000;
  const extra = recordOf(run.extra);
  const metadata = recordOf(extra?.metadata);
  const invocation = recordOf(extra?.invocation_params) ?? recordOf(metadata?.ls_invocation_params);
  const model = textOf(metadata?.ls_model_name, invocation?.model, invocation?.model_name);
  const provider = textOf(metadata?.ls_provider)?.toLowerCase();
  const counted = usageOf(run.outputs, metadata);
  const usage = normaliseUsage(counted.usage);
  const runType = typeof run.run_type === "string" ? run.run_type.toLowerCase() : undefined;
  const error = run.error === null || run.error === undefined ? null : (textOf(run.error) ?? JSON.stringify(run.error));
  const events = Array.isArray(run.events) ? (run.events as Json[]) : [];
  return {
    traceId,
    spanId,
    parentSpanId: parent ?? null,
    name: typeof run.name === "string" ? run.name : "",
    kind: runType === undefined ? (how === "post" ? "chain" : "") : (kindOfRunType[runType] ?? "chain"),
    startUs,
    endUs,
    status: error ? "error" : endUs === null ? "unset" : "ok",
    statusMessage: error,
    attributes: {},
    events: events.map((event) => ({
      name: String(event?.name ?? "event"),
      timeUs: timeOf(event?.time, "events.time", "lenient") ?? startUs,
      attributes: recordOf(event) ?? {},
    })),
    input: run.inputs ?? null,
    output: run.outputs ?? null,
    model: model ?? null,
    provider: provider ?? null,
    ...usageColumns(usage),
    costUsd: counted.costUsd ?? costOf({ models: [model], provider, usage }, context.prices),
    project:
      textOf(run.session_name) ?? (isUuid(run.session_id) ? context.projectOf(run.session_id) : undefined) ?? "default",
    sessionId: textOf(metadata?.session_id, metadata?.thread_id, metadata?.conversation_id) ?? null,
    userId: textOf(metadata?.user_id) ?? null,
    tags: Array.isArray(run.tags) ? run.tags.filter((tag): tag is string => typeof tag === "string") : null,
    metadata: metadata ?? null,
    dialect: "langsmith",
    origin: given({
      run_type: runType,
      dotted_order: textOf(run.dotted_order),
      extra: extra && withoutMetadata(extra),
      serialized: run.serialized,
      reference_example_id: isUuid(run.reference_example_id)
        ? toUuid(run.reference_example_id.replaceAll("-", "").toLowerCase())
        : undefined,
      manifest_id: run.manifest_id,
      partial: how === "patch" ? true : undefined,
    }),
  };
}

function withoutMetadata({ metadata: _, ...extra }: Json): Json | undefined {
  return Object.keys(extra).length > 0 ? extra : undefined;
}

function given(values: Json): Json {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));
}

/** Where clients put what a call used: on the outputs, in the metadata, in LangChain's messages or its `llm_output`. */
function usageOf(outputs: unknown, metadata: Json | undefined) {
  const out = recordOf(outputs) ?? {};
  const generation = ((out.generations as Json[][] | undefined)?.[0] as Json[] | Json | undefined) ?? undefined;
  const first = (Array.isArray(generation) ? generation[0] : generation) as Json | undefined;
  const message = recordOf(recordOf(first?.message)?.kwargs) ?? recordOf(first?.message);
  const old = recordOf(recordOf(out.llm_output)?.token_usage) ?? recordOf(out.token_usage);
  const found =
    recordOf(out.usage_metadata) ?? recordOf(metadata?.usage_metadata) ?? recordOf(message?.usage_metadata) ?? {};
  const input = recordOf(found.input_token_details) ?? {};
  const output = recordOf(found.output_token_details) ?? {};
  const cost = found.total_cost ?? sumOf(found.input_cost, found.output_cost);
  return {
    usage: {
      inputTokens: countOf(found.input_tokens, old?.prompt_tokens, old?.promptTokens),
      outputTokens: countOf(found.output_tokens, old?.completion_tokens, old?.completionTokens),
      cacheReadTokens: countOf(input.cache_read, recordOf(old?.prompt_tokens_details)?.cached_tokens),
      cacheWriteTokens: countOf(input.cache_creation),
      reasoningTokens: countOf(output.reasoning),
    },
    costUsd: typeof cost === "number" && Number.isFinite(cost) ? cost : undefined,
  };
}

function sumOf(a: unknown, b: unknown): number | undefined {
  return typeof a === "number" && typeof b === "number" ? a + b : undefined;
}

/** ISO 8601 with up to microseconds, or milliseconds since 1970; in microseconds. @throws {InputError} */
export function timeOf(value: unknown, field: string, how: "strict" | "lenient" = "strict"): number | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  if (typeof value === "number" && Number.isFinite(value) && Math.abs(value) < 1e14) return Math.round(value * 1000);
  if (typeof value === "string") {
    const fraction = /\.(\d{1,9})/.exec(value)?.[1] ?? "";
    const zoned = /(?:[zZ]|[+-]\d{2}:?\d{2})$/.test(value) ? value : `${value}Z`;
    const ms = Date.parse(zoned.replace(/\.\d+/, ""));
    if (Number.isFinite(ms)) return ms * 1000 + Number(fraction.padEnd(6, "0").slice(0, 6));
  }
  if (how === "lenient") return undefined;
  throw new InputError("invalid_time", `\`${field}\` is ${JSON.stringify(value)?.slice(0, 80)}, which is no time.`, {
    details: { name: field },
    hint: "send ISO 8601, or milliseconds since 1970",
  });
}

/** `YYYYMMDDTHHMMSSffffffZ<uuid>` joined by `.`, from the root to the run. */
function steps(dottedOrder: unknown): { startUs: number; id: string }[] {
  if (typeof dottedOrder !== "string") return [];
  return dottedOrder.split(".").flatMap((step) => {
    const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{0,6})Z(.+)$/.exec(step);
    if (!match || !isUuid(match[8])) return [];
    const [, year, month, day, hour, minute, second, fraction, id] = match as unknown as string[];
    const ms = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
    return [{ startUs: ms * 1000 + Number(fraction!.padEnd(6, "0")), id: id! }];
  });
}

function parentOf(dottedOrder: unknown): string | undefined {
  const above = steps(dottedOrder).at(-2);
  return above && spanIdOf(above.id);
}

function rootOf(dottedOrder: unknown): string | undefined {
  const root = steps(dottedOrder)[0];
  return root && traceIdOf(root.id);
}

function startOf(dottedOrder: unknown): number | undefined {
  return steps(dottedOrder).at(-1)?.startUs;
}
