import { feedback, type Store, spans, traces } from "@loam/store";
import { and, eq, gte, isNull, type SQL, sql } from "drizzle-orm";
import type { AlertRule } from "./rules.ts";

/**
 * The number that a rule watches, over the minutes before `now`; null when there is nothing to tell it from. Costs and
 * tokens are sums over model calls, latencies are those of whole traces.
 */
export async function measure(
  store: Store,
  { project, condition }: Pick<AlertRule, "project" | "condition">,
  now = new Date(),
): Promise<number | null> {
  const { metric, windowMinutes, model } = condition;
  const from = now.getTime() - windowMinutes * 60_000;
  const ofTraces = and(
    project === null ? undefined : eq(traces.project, project),
    gte(traces.startUs, from * 1000),
    isNull(traces.deletedAt),
    model === undefined
      ? undefined
      : sql`exists (select 1 from ${spans} where ${spans.traceId} = ${traces.id} and ${spans.model} = ${model})`,
  );
  const ofCalls = and(
    project === null ? undefined : eq(spans.project, project),
    gte(spans.startUs, from * 1000),
    model === undefined ? undefined : eq(spans.model, model),
    sql`${spans.kind} in ('llm', 'embedding')`,
  );
  const ask = async (what: SQL, table: typeof traces | typeof spans | typeof feedback, where: SQL | undefined) => {
    const { rows } = await store.db.execute<{ value: number | string | null }>(
      sql`select ${what} as value from ${table} where ${where ?? sql`true`}`,
    );
    const value = rows[0]!.value;
    return value === null ? null : Number(value);
  };
  const lastedMs = sql`(${traces.endUs} - ${traces.startUs}) / 1000.0`;
  switch (metric) {
    case "traces":
      return await ask(sql`count(*)`, traces, ofTraces);
    case "errors":
      return await ask(sql`count(*) filter (where ${traces.rootFailed})`, traces, ofTraces);
    case "error_rate":
      return await ask(
        sql`(count(*) filter (where ${traces.rootFailed}))::float8 / nullif(count(*), 0)`,
        traces,
        ofTraces,
      );
    case "latency_p50_ms":
      return await ask(sql`percentile_cont(0.5) within group (order by ${lastedMs})`, traces, ofTraces);
    case "latency_p95_ms":
      return await ask(sql`percentile_cont(0.95) within group (order by ${lastedMs})`, traces, ofTraces);
    case "cost_usd":
      return await ask(sql`coalesce(sum(${spans.costUsd}), 0)`, spans, ofCalls);
    case "tokens":
      return await ask(
        sql`coalesce(sum(coalesce(${spans.inputTokens}, 0) + coalesce(${spans.outputTokens}, 0)), 0)`,
        spans,
        ofCalls,
      );
    case "score":
      return await ask(
        sql`avg(${feedback.score})`,
        feedback,
        and(
          eq(feedback.key, condition.feedback ?? ""),
          gte(feedback.createdAt, new Date(from)),
          project === null
            ? undefined
            : sql`(${feedback.project} = ${project} or exists (select 1 from ${traces} where ${traces.id} = ${feedback.traceId} and ${traces.project} = ${project}))`,
        ),
      );
    case "run_nan":
      return await countRuns(
        store,
        project,
        sql`exists (select 1 from run_series s where s.run_id = r.id and s.value in ('NaN', 'Infinity', '-Infinity')
          and s.time_ms >= ${from} ${condition.key === undefined ? sql`` : sql`and s.key = ${condition.key}`})`,
      );
    case "run_silent":
      return await countRuns(
        store,
        project,
        sql`r.status = 'running' and greatest(r.created_at, r.heartbeat_at,
          (select to_timestamp(max(s.time_ms) / 1000.0) from run_series s where s.run_id = r.id)) < ${new Date(from).toISOString()}::timestamptz`,
      );
  }
}

async function countRuns(store: Store, project: string | null, where: SQL): Promise<number> {
  const { rows } = await store.db.execute<{ count: number }>(sql`
    select count(*)::int as count from runs r
    where r.deleted_at is null and ${project === null ? sql`true` : sql`r.experiment = ${project}`} and ${where}`);
  return rows[0]!.count;
}
