import { type Store, spans, traces, traceWords } from "@loam/store";
import { and, desc, ilike, inArray, or, type SQL, sql } from "drizzle-orm";
import { triplesOf } from "./word-bits.ts";

/** Traces whose spans are read by one statement: others wait no longer for it than for any other. */
const tracesAtOnce = 100;
/** Traces that are looked through for a text of which too many may have it, before those that may are listed. */
const listedAtMost = 5000;
/** Places of a filter that are asked for; more tell no more. */
const mostTriples = 24;

interface Place {
  id: string;
  startUs: number;
}

/**
 * The newest traces with a text in names, inputs, outputs, models or error messages, in either case. Where their words are
 * known, only spans of traces are read in which all of the text's may be.
 *
 * @returns their ids, newest first.
 */
export async function searchTraces(
  store: Store,
  query: string,
  { conditions, limit }: { conditions: readonly (SQL | undefined)[]; limit: number },
): Promise<string[]> {
  // Inside of JSON a quote or a line break is written as an escape.
  const inside = JSON.stringify(query).slice(1, -1);
  const may = or(hasTriples(query), inside === query ? undefined : hasTriples(inside))!;
  const found: string[] = [];
  let last: Place | undefined;
  let rare: SQL | undefined;
  for (let first = true; found.length < limit; first = false) {
    // Most texts that people look for are among the newest traces; then nobody asks which others have them.
    if (!first) rare ??= await listed(store, may);
    const where = and(
      ...conditions,
      rare,
      last && sql`(${traces.startUs}, ${traces.id}) < (${last.startUs}, ${last.id})`,
    );
    const places: Place[] = await store.db
      .select({ id: traces.id, startUs: traces.startUs })
      .from(traces)
      .where(where)
      .orderBy(desc(traces.startUs), desc(traces.id))
      .limit(tracesAtOnce);
    const { rows } = await store.db.execute<{ id: string }>(sql`
      select t.id from unnest(${sql.param(`{${places.map(({ id }) => JSON.stringify(id)).join(",")}}`)}::text[]) t(id)
      left join ${traceWords} on ${traceWords.traceId} = t.id
      where (${traceWords.bits} is null or ${may} or exists (select 1 from ${traces} where ${traces.id} = t.id and not ${traces.hasWords}))
        and exists (select 1 from ${spans} where ${spans.traceId} = t.id and ${holds(query, inside)})`);
    const hits = new Set(rows.map(({ id }) => id));
    found.push(...places.map(({ id }) => id).filter((id) => hits.has(id)));
    last = places.at(-1);
    if (places.length < tracesAtOnce) break;
  }
  return found.slice(0, limit);
}

/** Of traces: their words are not known, or may be these; all of them where too many may have them. */
async function listed(store: Store, may: SQL): Promise<SQL> {
  const rows = await store.db
    .select({ id: traceWords.traceId })
    .from(traceWords)
    .where(may)
    .limit(listedAtMost + 1);
  if (rows.length > listedAtMost) return sql`true`;
  const ids = rows.map(({ id }) => id);
  return or(sql`not ${traces.hasWords}`, ids.length > 0 ? inArray(traces.id, ids) : undefined)!;
}

/** Undefined for a text that has no three letters in a row: every trace may have it. */
function hasTriples(text: string): SQL {
  const places = [...new Set(triplesOf(text))].slice(0, mostTriples);
  if (places.length === 0) return sql`true`;
  const bits = sql`${traceWords.bits}`;
  return sql`(${sql.join(
    places.map((at) => sql`get_bit(${bits}, (${sql.raw(String(at))} & (8 * octet_length(${bits}) - 1))::bigint) = 1`),
    sql` and `,
  )})`;
}

/** Of a span: it has the text. */
function holds(query: string, inside: string): SQL | undefined {
  const like = (text: string) => `%${text.replace(/[\\%_]/g, "\\$&")}%`;
  return or(
    ilike(spans.name, like(query)),
    ilike(spans.model, like(query)),
    ilike(spans.statusMessage, like(query)),
    sql`${spans.input}::text ilike ${like(inside)}`,
    sql`${spans.output}::text ilike ${like(inside)}`,
  );
}
