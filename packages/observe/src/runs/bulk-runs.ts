import { ArgumentError } from "@loam/core";
import { projects, runs, type Store } from "@loam/store";
import { and, eq, inArray, isNotNull, isNull, type SQL, sql } from "drizzle-orm";
import { purgeRuns } from "../projects/purge-runs.ts";
import { redact } from "../secrets/redact.ts";

/** The tag of runs that are put aside: kept, and not listed unless asked for. */
export const archivedTag = "loam.archived";

/** Which runs: those of some ids, or all of an experiment that fulfil a condition. */
export interface RunSelection {
  ids?: readonly string[];
  experiment?: string;
  where?: SQL;
}

export type BulkChange =
  | { type: "tag"; tags: Record<string, string> }
  | { type: "untag"; keys: readonly string[] }
  | { type: "archive" | "unarchive" | "delete" | "restore" | "purge" };

/**
 * Changes many runs in one statement. `delete` puts into the bin, `purge` deletes for good what is in the bin.
 *
 * @returns how many were changed.
 * @throws {ArgumentError} when nothing says which runs are meant.
 */
export async function changeRuns(
  store: Store,
  { ids, experiment, where }: RunSelection,
  change: BulkChange,
): Promise<number> {
  if (ids === undefined && experiment === undefined && where === undefined)
    throw new ArgumentError("ids", ids, "ids, an experiment or a filter", "say which runs are meant");
  if (ids?.length === 0) return 0;
  const chosen = and(
    ids && inArray(runs.id, [...ids]),
    experiment === undefined ? undefined : eq(runs.experiment, experiment),
    where,
  )!;
  switch (change.type) {
    case "tag":
      return await addTags(store, chosen, change.tags);
    case "untag":
      return await set(store, and(chosen, sql`${runs.tags} ?| ${stringArray(change.keys)}`)!, {
        tags: sql`${runs.tags} - ${stringArray(change.keys)}`,
      });
    case "archive":
      return await addTags(store, and(chosen, sql`not ${runs.tags} ? ${archivedTag}::text`)!, {
        [archivedTag]: "true",
      });
    case "unarchive":
      return await set(store, and(chosen, sql`${runs.tags} ? ${archivedTag}::text`)!, {
        tags: sql`${runs.tags} - ${archivedTag}::text`,
      });
    case "delete":
      return await set(store, and(chosen, isNull(runs.deletedAt))!, { deletedAt: sql`now()` });
    case "restore":
      return await set(store, and(chosen, isNotNull(runs.deletedAt))!, { deletedAt: null });
    case "purge":
      return await purgeRuns(store, and(chosen, isNotNull(runs.deletedAt), isFreeRun)!);
  }
}

/** Of runs: their project is under no legal hold. */
const isFreeRun: SQL = sql`not exists (
  select 1 from ${projects} where ${projects.name} = ${runs.experiment} and ${projects.legalHold})`;

async function addTags(store: Store, where: SQL, tags: Record<string, string>): Promise<number> {
  const clean = redact(tags) as Record<string, string>;
  return await set(store, where, { tags: sql`${runs.tags} || ${sql.param(clean, runs.tags)}` });
}

async function set(store: Store, where: SQL, values: Record<string, SQL | null>): Promise<number> {
  const changed = await store.db.update(runs).set(values).where(where).returning({ id: runs.id });
  return changed.length;
}

function stringArray(values: readonly string[]): SQL {
  return sql`array(select json_array_elements_text(${JSON.stringify(values)}::json))`;
}
