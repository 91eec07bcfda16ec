/** A table of the console: what its columns are, and the statement that makes it. */
export interface SqlView {
  name: string;
  about: string;
  columns: Record<string, string>;
  select: string;
}

const call = "kind in ('llm', 'embedding')";
const inBin = "select b.id from traces b where b.deleted_at is not null";
const at = (us: string) => `to_timestamp(${us} / 1000000.0)`;

/** What can be asked of by SQL. Each may read the tables of the store that no earlier one hides by its name, and the earlier ones. */
export const sqlViews: readonly SqlView[] = [
  {
    name: "metrics",
    about: "Points of the curves of runs.",
    columns: {
      run_id: "text",
      experiment: "text",
      key: "text",
      step: "bigint",
      time: "timestamptz",
      value: "double; may be NaN or Infinity",
    },
    select: `select s.run_id, r.experiment, s.key, p.step, to_timestamp(p.time_ms / 1000.0) as time, p.value
      from run_points p join run_series s on s.id = p.series join runs r on r.id = s.run_id where r.deleted_at is null`,
  },
  {
    name: "runs",
    about: "Runs of experiments.",
    columns: {
      id: "text",
      external_id: "text",
      kind: "text",
      experiment: "text",
      name: "text",
      status: "text",
      params: "json",
      summary: "json",
      tags: "json",
      created_at: "timestamptz",
      started_at: "timestamptz",
      finished_at: "timestamptz",
    },
    select: `select id, external_id, kind, experiment, name, status, params, summary, tags, created_at, started_at, finished_at
      from runs where deleted_at is null`,
  },
  {
    name: "feedback",
    about: "Judgements of spans and traces.",
    columns: {
      id: "text",
      trace_id: "text",
      span_id: "text",
      project: "text",
      key: "text",
      score: "double",
      value: "json",
      comment: "text",
      source: "json",
      created_at: "timestamptz",
    },
    select: `select id, trace_id, span_id, project, key, score, value, comment, source, created_at from feedback`,
  },
  {
    name: "spans",
    about: "Steps of traces.",
    columns: {
      trace_id: "text",
      span_id: "text",
      parent_span_id: "text",
      name: "text",
      kind: "text",
      started_at: "timestamptz",
      ended_at: "timestamptz; null while open",
      duration_ms: "double",
      status: "text",
      status_message: "text",
      model: "text",
      provider: "text",
      input_tokens: "integer",
      output_tokens: "integer",
      cache_read_tokens: "integer",
      cache_write_tokens: "integer",
      reasoning_tokens: "integer",
      cost_usd: "double",
      project: "text",
      session_id: "text",
      user_id: "text",
      tags: "json",
      metadata: "json",
      attributes: "json",
      input: "json",
      output: "json",
    },
    select: `select trace_id, span_id, parent_span_id, name, kind, ${at("start_us")} as started_at, ${at("end_us")} as ended_at,
      (end_us - start_us) / 1000.0::float8 as duration_ms, status, status_message, model, provider, input_tokens, output_tokens,
      cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_usd, project, session_id, user_id, tags, metadata,
      attributes, input, output from spans where trace_id not in (${inBin})`,
  },
  {
    name: "traces",
    about: "Traces, a row each.",
    columns: {
      id: "text",
      project: "text",
      name: "text; of the outermost span",
      started_at: "timestamptz",
      duration_ms: "double",
      status: "text",
      session_id: "text",
      user_id: "text",
      span_count: "bigint",
      model_calls: "bigint",
      input_tokens: "bigint",
      output_tokens: "bigint",
      cost_usd: "double; of the calls with a known price",
    },
    select: `select t.id, t.project,
        (select s.name from spans s where s.trace_id = t.id order by s.parent_span_id is not null, s.started_at limit 1) as name,
        ${at("t.start_us")} as started_at, (t.end_us - t.start_us) / 1000.0::float8 as duration_ms,
        case when t.root_failed then 'error' else 'ok' end as status, t.session_id, t.user_id,
        (select count(*) from spans s where s.trace_id = t.id) as span_count,
        coalesce((t.summary ->> 'modelCalls')::bigint, (select count(*) from spans s where s.trace_id = t.id and ${call})) as model_calls,
        coalesce((t.summary ->> 'inputTokens')::bigint, (select sum(s.input_tokens) from spans s where s.trace_id = t.id and ${call})) as input_tokens,
        coalesce((t.summary ->> 'outputTokens')::bigint, (select sum(s.output_tokens) from spans s where s.trace_id = t.id and ${call})) as output_tokens,
        coalesce((t.summary ->> 'costUsd')::float8, (select sum(s.cost_usd) from spans s where s.trace_id = t.id and ${call})) as cost_usd
      from traces t where t.deleted_at is null`,
  },
];

/**
 * A checked statement over the views, as the database gets it. The names of the views hide those of the tables; a row
 * that is too large to be carried is an error.
 */
export function withViews(
  statement: string,
  { maxRows, maxRowBytes }: { maxRows: number; maxRowBytes: number },
): string {
  const views = sqlViews.map(({ name, select }) => `${name} as not materialized (${select})`);
  return `with ${views.join(",\n")}
select q.* from (
${statement}
) as q where case when pg_column_size(q) > ${maxRowBytes}
  then ('a row of ' || pg_column_size(q) || ' bytes')::integer = 0 else true end
limit ${maxRows + 1}`;
}
