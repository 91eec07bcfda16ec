import { type Database, runLines, type Store, storable } from "@loam/store";
import { and, asc, eq, gte, inArray, lte, sql } from "drizzle-orm";
import { redactPieces, redactText } from "../secrets/secrets.ts";
import { deletePoints, type MetricPoint, writePoints } from "./points.ts";
import { parseRelaxedJson, relaxedNumber } from "./relaxed-json.ts";

/** What a client streams line by line: rows of its history, system metrics, the console. */
export type LineStream = "history" | "events" | "output";

/**
 * Writes lines from an offset on; those that were there are replaced. The numbers of history rows become points, and
 * those of rows that were other before are forgotten.
 */
export async function putLines(
  db: Database,
  runId: string,
  stream: LineStream,
  offset: number,
  contents: readonly string[],
): Promise<void> {
  if (contents.length === 0) return;
  // A line of the console may go on in the next; a row of the history is whole.
  const whole = stream === "output" ? redactPieces(contents) : contents.map(redactText);
  const clean = whole.map(storable);
  if (stream === "history") await replacePoints(db, runId, offset, clean);
  for (let i = 0; i < clean.length; i += 2000) {
    const rows = JSON.stringify(clean.slice(i, i + 2000).map((content, j) => [offset + i + j, content]));
    await db.execute(sql`
      insert into run_lines (run_id, stream, line, content)
      select ${runId}, ${stream}, (x->>0)::bigint, x->>1 from json_array_elements(${rows}::json) as t(x)
      on conflict (run_id, stream, line) do update set content = excluded.content`);
  }
}

async function replacePoints(db: Database, runId: string, offset: number, contents: readonly string[]): Promise<void> {
  const before = await db
    .select({ line: runLines.line, content: runLines.content })
    .from(runLines)
    .where(
      and(
        eq(runLines.runId, runId),
        eq(runLines.stream, "history"),
        gte(runLines.line, offset),
        lte(runLines.line, offset + contents.length - 1),
      ),
    );
  const changed = before.filter(({ line, content }) => contents[line - offset] !== content);
  await deletePoints(
    db,
    runId,
    changed.flatMap(({ line, content }) => pointsOfRow(content, line)),
  );
  await writePoints(
    db,
    runId,
    contents.flatMap((content, i) => pointsOfRow(content, offset + i)),
  );
}

/** The numbers of a history row. Its own bookkeeping (`_step`, `_runtime`, …) is none of them. */
function pointsOfRow(content: string, line: number): MetricPoint[] {
  let row: unknown;
  try {
    row = parseRelaxedJson(content);
  } catch {
    return []; // kept as a line, and no row
  }
  if (typeof row !== "object" || row === null || Array.isArray(row)) return [];
  const values = row as Record<string, unknown>;
  const step = relaxedNumber(values._step);
  const seconds = relaxedNumber(values._timestamp);
  const at = {
    step: step !== undefined && Number.isSafeInteger(step) ? step : line,
    timeMs: seconds !== undefined && Number.isFinite(seconds) ? Math.round(seconds * 1000) : 0,
  };
  return Object.entries(values).flatMap(([key, value]) => {
    const number = key.startsWith("_") ? undefined : relaxedNumber(value);
    return number === undefined ? [] : [{ key, value: number, ...at }];
  });
}

/** How many lines each stream of a run has. */
export async function lineCounts(store: Store, runId: string): Promise<Record<LineStream, number>> {
  const rows = await store.db
    .select({ stream: runLines.stream, count: sql<number>`(max(${runLines.line}) + 1)::float8` })
    .from(runLines)
    .where(eq(runLines.runId, runId))
    .groupBy(runLines.stream);
  return {
    history: 0,
    events: 0,
    output: 0,
    ...Object.fromEntries(rows.map(({ stream, count }) => [stream, Number(count)])),
  };
}

export async function linesOf(
  store: Store,
  runId: string,
  stream: LineStream,
  { from = 0, limit = 1_000_000 }: { from?: number; limit?: number } = {},
): Promise<string[]> {
  const rows = await store.db
    .select({ content: runLines.content })
    .from(runLines)
    .where(and(eq(runLines.runId, runId), eq(runLines.stream, stream), gte(runLines.line, from)))
    .orderBy(asc(runLines.line))
    .limit(limit);
  return rows.map(({ content }) => content);
}

/** The last lines of a stream, in order. */
export async function lastLines(store: Store, runId: string, stream: LineStream, count: number): Promise<string[]> {
  const counts = await lineCounts(store, runId);
  return await linesOf(store, runId, stream, { from: Math.max(0, counts[stream] - count) });
}

/** How many history rows each of some runs has. */
export async function historyCounts(store: Store, runIds: readonly string[]): Promise<Map<string, number>> {
  if (runIds.length === 0) return new Map();
  const rows = await store.db
    .select({ runId: runLines.runId, count: sql<number>`(max(${runLines.line}) + 1)::float8` })
    .from(runLines)
    .where(and(inArray(runLines.runId, [...runIds]), eq(runLines.stream, "history")))
    .groupBy(runLines.runId);
  return new Map(rows.map(({ runId, count }) => [runId, Number(count)]));
}
