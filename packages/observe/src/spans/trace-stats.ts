import { type Store, spans, traces } from "@loam/store";
import { and, eq, gte, lt, type SQL, type SQLWrapper, sql } from "drizzle-orm";

/** Of what {@link traceStats} counts. */
export interface TraceStatsOptions {
  project?: string;
  since: Date;
  until: Date;
  /** How many stretches of equal length the time is cut into. */
  buckets: number;
}

/** Numbers over the traces that began in some time. */
interface TraceTotals {
  traces: number;
  errors: number;
  /** Of whole traces, in milliseconds; null without any. */
  p50Ms: number | null;
  p95Ms: number | null;
  spans: number;
  modelCalls: number;
  inputTokens: number;
  outputTokens: number;
  /** Of the calls with a known price. */
  costUsd: number;
}

export interface TraceStats {
  totals: TraceTotals;
  /** In order; each holds what began from its start on. */
  buckets: (TraceTotals & { start: Date })[];
  byModel: {
    model: string;
    calls: number;
    errors: number;
    inputTokens: number;
    outputTokens: number;
    costUsd: number;
    p50Ms: number | null;
    p95Ms: number | null;
  }[];
  byUser: { user: string; traces: number; errors: number }[];
}

const isCall = sql`${spans.kind} in ('llm', 'embedding')`;
const most = 50;

/** How much there was, how long it took and what it cost, over time, by model and by user. */
export async function traceStats(
  store: Store,
  { project, since, until, buckets }: TraceStatsOptions,
): Promise<TraceStats> {
  const from = since.getTime() * 1000;
  const to = until.getTime() * 1000;
  const width = Math.max(1, (to - from) / buckets);
  const inTime = (start: SQLWrapper) => and(gte(start, from), lt(start, to));
  const ofTraces = and(
    project === undefined ? undefined : eq(traces.project, project),
    inTime(traces.startUs),
    sql`${traces.deletedAt} is null`,
  );
  const ofSpans = and(project === undefined ? undefined : eq(spans.project, project), inTime(spans.startUs));
  const bucketOf = (start: SQL) =>
    sql`least(${buckets - 1}, floor((${start} - ${from}::bigint) / ${width}::double precision))::int`;
  const lasted = sql`(${traces.endUs} - ${traces.startUs}) / 1000.0`;
  const traceNumbers = sql`count(*)::int as traces, (count(*) filter (where root_failed))::int as errors,
    percentile_cont(0.5) within group (order by ${lasted}) as p50, percentile_cont(0.95) within group (order by ${lasted}) as p95`;
  const spanNumbers = sql`count(*)::int as spans, (count(*) filter (where ${isCall}))::int as calls,
    coalesce(sum(input_tokens) filter (where ${isCall}), 0)::float8 as input, coalesce(sum(output_tokens) filter (where ${isCall}), 0)::float8 as output,
    coalesce(sum(cost_usd) filter (where ${isCall}), 0)::float8 as cost`;
  type Row = Record<string, number | string | null>;
  const ask = async (query: SQL) => (await store.db.execute<Row>(query)).rows;
  const [traceRows, spanRows, allTraces, models, users] = [
    await ask(
      sql`select ${bucketOf(sql`${traces.startUs}`)} as bucket, ${traceNumbers} from ${traces} where ${ofTraces} group by 1`,
    ),
    await ask(
      sql`select ${bucketOf(sql`${spans.startUs}`)} as bucket, ${spanNumbers} from ${spans} where ${ofSpans} group by 1`,
    ),
    await ask(sql`select ${traceNumbers} from ${traces} where ${ofTraces}`),
    await ask(sql`select model, ${spanNumbers}, (count(*) filter (where status = 'error'))::int as errors,
      percentile_cont(0.5) within group (order by (end_us - start_us) / 1000.0) as p50,
      percentile_cont(0.95) within group (order by (end_us - start_us) / 1000.0) as p95
      from ${spans} where ${ofSpans} and model is not null and ${isCall} group by model order by count(*) desc limit ${most}`),
    await ask(sql`select user_id, count(*)::int as traces, (count(*) filter (where root_failed))::int as errors
      from ${traces} where ${ofTraces} and user_id is not null group by user_id order by count(*) desc limit ${most}`),
  ];
  const number = (value: Row[string] | undefined) => (value === null || value === undefined ? null : Number(value));
  const total = (trace: Row | undefined, span: Row | undefined): TraceTotals => ({
    traces: number(trace?.traces) ?? 0,
    errors: number(trace?.errors) ?? 0,
    p50Ms: number(trace?.p50),
    p95Ms: number(trace?.p95),
    spans: number(span?.spans) ?? 0,
    modelCalls: number(span?.calls) ?? 0,
    inputTokens: number(span?.input) ?? 0,
    outputTokens: number(span?.output) ?? 0,
    costUsd: number(span?.cost) ?? 0,
  });
  const byBucket = (rows: readonly Row[]) => new Map(rows.map((row) => [Number(row.bucket), row]));
  const [tracesAt, spansAt] = [byBucket(traceRows), byBucket(spanRows)];
  const shown = Array.from({ length: buckets }, (_, i) => ({
    start: new Date((from + i * width) / 1000),
    ...total(tracesAt.get(i), spansAt.get(i)),
  }));
  const sum = (key: "spans" | "modelCalls" | "inputTokens" | "outputTokens" | "costUsd") =>
    shown.reduce((before, bucket) => before + bucket[key], 0);
  return {
    totals: {
      ...total(allTraces[0], undefined),
      spans: sum("spans"),
      modelCalls: sum("modelCalls"),
      inputTokens: sum("inputTokens"),
      outputTokens: sum("outputTokens"),
      costUsd: sum("costUsd"),
    },
    buckets: shown,
    byModel: models.map((row) => {
      const { spans: _, traces: __, modelCalls, ...rest } = total(row, row);
      return { model: String(row.model), calls: modelCalls, ...rest };
    }),
    byUser: users.map((row) => ({ user: String(row.user_id), traces: Number(row.traces), errors: Number(row.errors) })),
  };
}

/** A conversation: the traces that name one session. */
export interface TraceSession {
  id: string;
  project: string;
  traces: number;
  errors: number;
  firstAt: Date;
  lastAt: Date;
}

/** Sessions, the one last heard of first. */
export async function listSessions(
  store: Store,
  { project, limit = 100, offset = 0 }: { project?: string; limit?: number; offset?: number } = {},
): Promise<TraceSession[]> {
  const { rows } = await store.db.execute<Record<string, string | number>>(sql`
    select session_id, project, count(*)::int as traces, (count(*) filter (where root_failed))::int as errors,
      min(start_us)::float8 as first, max(end_us)::float8 as last
    from ${traces} where session_id is not null and deleted_at is null
      and ${project === undefined ? sql`true` : eq(traces.project, project)}
    group by session_id, project order by max(end_us) desc, session_id limit ${limit} offset ${offset}`);
  return rows.map((row) => ({
    id: String(row.session_id),
    project: String(row.project),
    traces: Number(row.traces),
    errors: Number(row.errors),
    firstAt: new Date(Number(row.first) / 1000),
    lastAt: new Date(Number(row.last) / 1000),
  }));
}
