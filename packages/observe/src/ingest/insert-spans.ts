import { type Database, storableJson } from "@loam/store";
import { sql } from "drizzle-orm";
import { costUsd, type PriceTable } from "../prices/prices.ts";
import { type SpanRow, spanColumns } from "./span-row.ts";

const names = Object.keys(spanColumns);
const typed = Object.entries(spanColumns)
  .map(([name, type]) => `${name} ${type}`)
  .join(", ");
const coalesced = [
  "parent_span_id",
  "end_us",
  "status_message",
  "model",
  "provider",
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "reasoning_tokens",
  "cost_usd",
  "session_id",
  "user_id",
  "tags",
  "dialect",
];

/** The rules of `merge-records.ts`. */
const merged = [
  ...coalesced.map((name) => `${name} = coalesce(excluded.${name}, s.${name})`),
  "name = case when excluded.name = '' then s.name else excluded.name end",
  "kind = case when excluded.kind = '' then s.kind else excluded.kind end",
  "start_us = case when excluded.origin ? 'partial' then s.start_us else excluded.start_us end",
  "project = case when excluded.origin ? 'partial' then s.project else excluded.project end",
  "status = case when excluded.status = 'unset' then s.status else excluded.status end",
  "attributes = s.attributes || excluded.attributes",
  "events = case when excluded.events = '[]' then s.events else excluded.events end",
  "input = case when excluded.input is null or excluded.input = '{}' then coalesce(s.input, excluded.input) else excluded.input end",
  "output = case when excluded.output is null or excluded.output = '{}' then coalesce(s.output, excluded.output) else excluded.output end",
  "metadata = case when excluded.metadata is null then s.metadata else coalesce(s.metadata, '{}') || excluded.metadata end",
  `origin = case when s.origin is null and excluded.origin is null then null
    when s.origin ? 'partial' and excluded.origin ? 'partial' then s.origin || excluded.origin
    else (coalesce(s.origin, '{}') || coalesce(excluded.origin, '{}')) - 'partial' end`,
].join(", ");

const insert = `insert into spans as s (${names.join(", ")})
  select ${names.join(", ")} from json_to_recordset(`;
const onConflict = `::json) as t(${typed})
  on conflict (trace_id, span_id) do update set ${merged}
  returning trace_id, span_id, model, provider, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
    cost_usd, xmax::text <> '0' as merged`;

interface MergedRow extends Record<string, unknown> {
  trace_id: string;
  span_id: string;
  model: string | null;
  provider: string | null;
  input_tokens: number | null;
  output_tokens: number | null;
  cache_read_tokens: number | null;
  cache_write_tokens: number | null;
  cost_usd: number | null;
}

/** Of one statement: enough to be fast, few enough to leave others their turn. */
const rowsAtOnce = 500;
const charsAtOnce = 8 * 1024 ** 2;

/**
 * Writes spans and the row of each of their traces. One account of a span may hold its model and another its usage:
 * what such a span costs is computed when both are there.
 */
export async function insertSpans(db: Database, rows: readonly SpanRow[], prices: PriceTable): Promise<void> {
  for (const round of rounds(rows)) {
    round.sort((a, b) => compare(a.traceId, b.traceId) || compare(a.spanId, b.spanId));
    for (const some of portions(round)) {
      const written = await db.execute<MergedRow>(
        sql`with written as (${sql.raw(insert)}${`[${some.map(({ json }) => json).join(",")}]`}${sql.raw(onConflict)})
          select * from written where merged`,
      );
      await priceMerged(db, written.rows, prices);
    }
  }
  await touchTraces(db, rows);
}

/** A statement may hold a span once: its second account is written in a second round, its third in a third. */
function rounds(rows: readonly SpanRow[]): SpanRow[][] {
  const result: SpanRow[][] = [];
  const seen = new Map<string, number>();
  for (const row of rows) {
    const key = row.traceId + row.spanId;
    const round = seen.get(key) ?? 0;
    seen.set(key, round + 1);
    (result[round] ??= []).push(row);
  }
  return result;
}

/** Always in one order, so that two processes never wait for each other. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function* portions(rows: readonly SpanRow[]): Generator<SpanRow[]> {
  let portion: SpanRow[] = [];
  let chars = 0;
  for (const row of rows) {
    if (portion.length === rowsAtOnce || (portion.length > 0 && chars + row.json.length > charsAtOnce)) {
      yield portion;
      portion = [];
      chars = 0;
    }
    portion.push(row);
    chars += row.json.length;
  }
  if (portion.length > 0) yield portion;
}

async function priceMerged(db: Database, rows: readonly MergedRow[], prices: PriceTable): Promise<void> {
  for (const row of rows) {
    if (row.cost_usd !== null || row.model === null) continue;
    const usage = {
      inputTokens: row.input_tokens ?? undefined,
      outputTokens: row.output_tokens ?? undefined,
      cacheReadTokens: row.cache_read_tokens ?? undefined,
      cacheWriteTokens: row.cache_write_tokens ?? undefined,
    };
    if (usage.inputTokens === undefined && usage.outputTokens === undefined) continue;
    const cost = costUsd({ model: row.model, provider: row.provider ?? undefined, usage }, prices);
    if (cost !== null)
      await db.execute(
        sql`update spans set cost_usd = ${cost} where trace_id = ${row.trace_id} and span_id = ${row.span_id}`,
      );
  }
}

/** What a trace's row takes from those of its spans that have just come. */
interface TraceTouch {
  id: string;
  project: string;
  start_us: number;
  end_us: number;
  session_id: string | null;
  user_id: string | null;
  root_failed: boolean | null;
}

async function touchTraces(db: Database, rows: readonly SpanRow[]): Promise<void> {
  const touches = new Map<string, TraceTouch>();
  for (const record of rows) {
    const touch = touches.get(record.traceId) ?? {
      id: record.traceId,
      project: "default",
      start_us: record.startUs,
      end_us: record.startUs,
      session_id: null,
      user_id: null,
      root_failed: null,
    };
    touch.start_us = Math.min(touch.start_us, record.startUs);
    touch.end_us = Math.max(touch.end_us, record.endUs ?? record.startUs);
    if (!record.isPartial && (touch.project === "default" || record.parentSpanId === null))
      touch.project = record.project;
    touch.session_id ??= record.sessionId;
    touch.user_id ??= record.userId;
    if (record.parentSpanId === null && record.status !== "unset") touch.root_failed = record.status === "error";
    touches.set(record.traceId, touch);
  }
  const touched = storableJson([...touches.values()]);
  await db.execute(sql`
    insert into traces as t (id, project, start_us, end_us, session_id, user_id, root_failed, changed_at)
    select id, project, start_us, end_us, session_id, user_id, root_failed, clock_timestamp() from json_to_recordset(${touched}::json)
      as x(id text, project text, start_us bigint, end_us bigint, session_id text, user_id text, root_failed boolean)
    on conflict (id) do update set
      project = case when excluded.project = 'default' then t.project else excluded.project end,
      start_us = least(t.start_us, excluded.start_us),
      end_us = greatest(t.end_us, excluded.end_us),
      session_id = coalesce(t.session_id, excluded.session_id),
      user_id = coalesce(t.user_id, excluded.user_id),
      root_failed = coalesce(excluded.root_failed, t.root_failed),
      summary = null,
      has_words = false,
      changed_at = excluded.changed_at,
      version = t.version + 1`);
  const projects = storableJson([...new Set([...touches.values()].map(({ project }) => project))]);
  await db.execute(sql`
    insert into projects (name) select name from json_array_elements_text(${projects}::json) as x(name)
    where not exists (select 1 from projects p where p.name = x.name) on conflict do nothing`);
}
