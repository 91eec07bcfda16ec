import { cellWithoutSecrets, type EvaluationRun, resultsWithoutSecrets } from "@loam/evaluation";
import { redactText, redactWhole } from "@loam/observe";
import { evaluationCells, evaluationRuns, messages, platformObjects, type Store, summaries, work } from "@loam/store";
import { and, asc, type Column, eq, gt, notInArray, type SQL } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";

/** What holds a secret beside traces. */
export interface KeptSecret {
  table: string;
  id: string;
  fields: string[];
}

/** A table whose rows are looked at. */
interface Place {
  table: string;
  of: PgTable;
  /** Rows are read in its order. */
  id: Column;
  /** Which rows may be looked at. */
  where?: SQL;
  /** Columns, each with what becomes of its value. */
  clean: Record<string, (value: never) => unknown>;
  /** Which rows may be written: one that is being worked on needs its words as they are. */
  isOpen?: (row: Record<string, unknown>) => boolean;
  /** What is written with a row that changes. */
  also?: (row: Record<string, unknown>) => Record<string, unknown>;
}

/** Texts within a value. Names of fields do not count: `key` and `signature` are our own as often as not. */
function withoutSecrets(value: unknown): unknown {
  if (typeof value === "string") return redactText(value);
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutSecrets(item)]));
}

interface KeptRows {
  rows: unknown[];
}

const places: Place[] = [
  {
    table: "evaluations",
    of: evaluationRuns,
    id: evaluationRuns.id,
    clean: {
      name: redactText,
      spec: redactWhole,
      record: redactWhole,
      dataset: (text: string) => {
        const kept = JSON.parse(text) as KeptRows;
        return JSON.stringify({ ...kept, rows: kept.rows.map(redactWhole) });
      },
      results: async (text: string) => JSON.stringify(await resultsWithoutSecrets(JSON.parse(text) as EvaluationRun)),
    },
    isOpen: ({ finishedAt }) => finishedAt === null,
  },
  {
    table: "outputs of evaluations",
    of: evaluationCells,
    id: evaluationCells.seq,
    clean: { cell: (text: string) => JSON.stringify(cellWithoutSecrets(JSON.parse(text))) },
  },
  {
    table: "work",
    of: work,
    id: work.id,
    clean: { name: redactText, input: withoutSecrets, result: withoutSecrets, error: withoutSecrets },
    isOpen: ({ status }) => status === "queued" || status === "running" || status === "waiting",
  },
  {
    table: "objects of the platform",
    of: platformObjects,
    id: platformObjects.position,
    // What these two hold is there to be used, and is shown to nobody.
    where: notInArray(platformObjects.kind, ["api_key", "webhook_endpoint"]),
    clean: { metadata: withoutSecrets, body: withoutSecrets },
    isOpen: ({ status }) => status === "queued" || status === "in_progress" || status === "requires_action",
    also: ({ version }) => ({ version: (version as number) + 1 }),
  },
  { table: "messages", of: messages, id: messages.id, clean: { text: redactText, content: withoutSecrets } },
  { table: "summaries", of: summaries, id: summaries.id, clean: { content: withoutSecrets } },
];

const rowsAtOnce = 100;

/**
 * Rows of evaluations, work, the platform's objects, conversations and summaries that hold what today's rules call a secret.
 *
 * @param options.redact takes them out, except of what is under way
 */
export async function scanKept(
  { db }: Store,
  { limit, redact }: { limit: number; redact: boolean },
): Promise<{ looked: number; found: KeptSecret[]; changed: number }> {
  const found: KeptSecret[] = [];
  let looked = 0;
  let changed = 0;
  for (const { table, of, id, where, clean, isOpen, also } of places) {
    let after: unknown;
    for (let seen = 0; seen < limit; ) {
      const rows = (await db
        .select()
        .from(of)
        .where(and(where, after === undefined ? undefined : gt(id, after)))
        .orderBy(asc(id))
        .limit(Math.min(rowsAtOnce, limit - seen))) as Record<string, unknown>[];
      if (rows.length === 0) break;
      seen += rows.length;
      looked += rows.length;
      for (const row of rows) {
        after = row[nameOf(of, id)];
        const changes: Record<string, unknown> = {};
        for (const [field, without] of Object.entries(clean)) {
          const value = row[field];
          if (value === null || value === undefined) continue;
          const cleaned = await without(value as never);
          if (JSON.stringify(cleaned) !== JSON.stringify(value)) changes[field] = cleaned;
        }
        if (Object.keys(changes).length === 0) continue;
        found.push({ table, id: String(row.id ?? after), fields: Object.keys(changes) });
        if (!redact || isOpen?.(row)) continue;
        await db
          .update(of)
          .set({ ...changes, ...also?.(row) })
          .where(eq(id, after));
        changed++;
      }
    }
  }
  return { looked, found, changed };
}

/** What a table's column is called in its rows. */
const nameOf = (table: PgTable, column: Column): string =>
  Object.entries(table).find(([, each]) => each === column)![0];
