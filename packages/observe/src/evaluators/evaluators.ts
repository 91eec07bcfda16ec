import { ArgumentError, NotFoundError } from "@loam/core";
import { evaluators, newId, type Store, spans } from "@loam/store";
import { and, asc, desc, eq, isNotNull, sql } from "drizzle-orm";
import { putFeedback } from "../feedback/feedback.ts";
import type { SpanRecord } from "../record/span-record.ts";
import { spanColumns } from "../record/traces.ts";

/** Which new spans get a judgement, and which. */
export interface EvaluatorConfig {
  /** A metric by its name, as `loam evaluate metrics` lists them. */
  metric: string;
  /** The judgement's name; the metric's when left out. */
  key?: string;
  /** Only spans of this kind, name or model; `root` takes those without a parent. */
  kind?: string;
  name?: string;
  model?: string;
  root?: boolean;
  /** The share of spans, from above 0 to 1; which ones is told by their ids, so that a second look takes the same. */
  sampling?: number;
  /** Where the reference stands in the span's metadata. */
  reference?: string;
  /** What the `rubric` judge looks for. */
  rubric?: string;
  /** Ends when judging has cost so much. */
  maxCostUsd?: number;
}

export interface Evaluator {
  id: string;
  name: string;
  project: string | null;
  config: EvaluatorConfig;
  enabled: boolean;
  cursor: { startUs: number; spanId: string } | null;
  spentUsd: number;
  error: string | null;
  createdAt: Date;
}

/** Judges one span. Undefined when the span has not what the metric needs. */
export type Judge = (
  config: EvaluatorConfig,
  span: SpanRecord,
) => Promise<{ score: number; comment?: string; costUsd?: number } | undefined>;

/**
 * It judges what ends from now on; `fromStart` begins with what there is.
 *
 * @throws {ArgumentError} unless sampling is a share above 0, up to 1.
 */
export async function createEvaluator(
  store: Store,
  evaluator: { name: string; project?: string | null; config: EvaluatorConfig; fromStart?: boolean },
): Promise<Evaluator> {
  const { sampling = 1 } = evaluator.config;
  if (!(sampling > 0 && sampling <= 1))
    throw new ArgumentError("config.sampling", sampling, "a share above 0, up to 1");
  const { name, project = null, config } = evaluator;
  const [row] = await store.db
    .insert(evaluators)
    .values({
      ...{ id: newId("evaluator"), name, project },
      config: config as unknown as Record<string, unknown>,
      cursor: evaluator.fromStart ? null : { startUs: Date.now() * 1000, spanId: "" },
    })
    .returning();
  return row as unknown as Evaluator;
}

export async function listEvaluators(store: Store): Promise<Evaluator[]> {
  return (await store.db.select().from(evaluators).orderBy(desc(evaluators.createdAt))) as unknown as Evaluator[];
}

/** @throws {NotFoundError} */
export async function updateEvaluator(
  store: Store,
  id: string,
  changes: Partial<Pick<Evaluator, "name" | "enabled">>,
): Promise<Evaluator> {
  const [row] = await store.db
    .update(evaluators)
    .set({ ...changes, ...(changes.enabled ? { error: null } : {}) })
    .where(eq(evaluators.id, id))
    .returning();
  if (!row) throw new NotFoundError("evaluator", id);
  return row as unknown as Evaluator;
}

/** @throws {NotFoundError} */
export async function deleteEvaluator(store: Store, id: string): Promise<void> {
  const gone = await store.db.delete(evaluators).where(eq(evaluators.id, id)).returning({ id: evaluators.id });
  if (gone.length === 0) throw new NotFoundError("evaluator", id);
}

/** Spans that began later than this may still come: they are judged when they are older. */
const settleMs = 2000;
const spansAtOnce = 100;

/**
 * Judges what has ended since the last time, a page at a time: after each the place is kept, so that nothing is judged
 * twice and a process that dies costs a page at most, whose judgements have the same ids when it is done again.
 *
 * @returns how many judgements were written.
 */
export async function runEvaluators(
  store: Store,
  judge: Judge,
  { signal }: { signal?: AbortSignal } = {},
): Promise<number> {
  let written = 0;
  for (const evaluator of await listEvaluators(store)) {
    if (!evaluator.enabled) continue;
    try {
      written += await runOne(store, evaluator, judge, signal);
    } catch (error) {
      await store.db
        .update(evaluators)
        .set({ enabled: false, error: error instanceof Error ? error.message : String(error) })
        .where(eq(evaluators.id, evaluator.id));
    }
  }
  return written;
}

async function runOne(store: Store, evaluator: Evaluator, judge: Judge, signal?: AbortSignal): Promise<number> {
  const { id, config } = evaluator;
  let { cursor, spentUsd } = evaluator;
  let written = 0;
  while (!signal?.aborted) {
    const page = await nextSpans(store, evaluator, cursor);
    if (page.length === 0) return written;
    for (const span of page) {
      if (signal?.aborted) return written;
      if (config.maxCostUsd !== undefined && spentUsd >= config.maxCostUsd)
        throw new ArgumentError(
          "maxCostUsd",
          spentUsd,
          `judging for less than ${config.maxCostUsd} USD`,
          "it is used up",
        );
      cursor = { startUs: span.startUs, spanId: span.spanId };
      if (!isSampled(span.spanId, config.sampling ?? 1)) continue;
      const verdict = await judge(config, span);
      if (!verdict) continue;
      spentUsd += verdict.costUsd ?? 0;
      await putFeedback(store, [
        {
          id: `${id}:${span.traceId}:${span.spanId}`,
          ...{ traceId: span.traceId, spanId: span.spanId, project: null },
          ...{ key: config.key ?? config.metric, score: verdict.score, comment: verdict.comment },
          source: { type: "evaluator", evaluator: id, metric: config.metric },
        },
      ]);
      written++;
    }
    await store.db.update(evaluators).set({ cursor, spentUsd }).where(eq(evaluators.id, id));
    if (page.length < spansAtOnce) return written;
  }
  return written;
}

async function nextSpans(
  store: Store,
  { project, config }: Evaluator,
  cursor: Evaluator["cursor"],
): Promise<SpanRecord[]> {
  const rows = await store.db
    .select(spanColumns)
    .from(spans)
    .where(
      and(
        project === null ? undefined : eq(spans.project, project),
        config.kind === undefined ? undefined : eq(spans.kind, config.kind),
        config.name === undefined ? undefined : eq(spans.name, config.name),
        config.model === undefined ? undefined : eq(spans.model, config.model),
        config.root ? sql`${spans.parentSpanId} is null` : undefined,
        isNotNull(spans.endUs),
        sql`${spans.startUs} < ${(Date.now() - settleMs) * 1000}`,
        cursor ? sql`(${spans.startUs}, ${spans.spanId}) > (${cursor.startUs}, ${cursor.spanId})` : undefined,
      ),
    )
    .orderBy(asc(spans.startUs), asc(spans.spanId))
    .limit(spansAtOnce);
  return rows as SpanRecord[];
}

/** By the last digits of the id, which are random. */
function isSampled(spanId: string, share: number): boolean {
  return share >= 1 || Number.parseInt(spanId.slice(-6), 16) / 0xffffff < share;
}
