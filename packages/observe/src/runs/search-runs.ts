import { runs, type Store } from "@loam/store";
import { and, inArray, isNotNull, isNull, type SQL, sql } from "drizzle-orm";
import { archivedTag } from "./bulk-runs.ts";
import { type Run, runColumns } from "./runs.ts";

/** A run with what clients of several protocols hang on it. */
export interface StoredRun extends Run {
  deletedAt: Date | null;
  externalId: string | null;
  heartbeatAt: Date | null;
  origin: Record<string, unknown>;
}

export interface SearchRunsOptions {
  experiments?: readonly string[];
  ids?: readonly string[];
  where?: SQL;
  orderBy?: readonly SQL[];
  deleted?: "hide" | "only" | "show";
  /** Those that were put aside; they are shown unless said otherwise. */
  archived?: "hide" | "only" | "show";
  limit?: number;
  offset?: number;
}

export async function searchRuns(store: Store, options: SearchRunsOptions = {}): Promise<StoredRun[]> {
  const { orderBy = [], limit = 1000, offset = 0 } = options;
  if (options.experiments?.length === 0 || options.ids?.length === 0) return [];
  return await store.db
    .select({
      ...runColumns,
      deletedAt: runs.deletedAt,
      externalId: runs.externalId,
      heartbeatAt: runs.heartbeatAt,
      origin: runs.origin,
    })
    .from(runs)
    .where(chosen(options))
    .orderBy(...orderBy)
    .limit(limit)
    .offset(offset);
}

/** How many runs a search has on all its pages. */
export async function countRuns(store: Store, options: SearchRunsOptions = {}): Promise<number> {
  if (options.experiments?.length === 0 || options.ids?.length === 0) return 0;
  const [row] = await store.db.select({ count: sql<number>`count(*)::int` }).from(runs).where(chosen(options));
  return row!.count;
}

function chosen({ experiments, ids, where, deleted = "hide", archived = "show" }: SearchRunsOptions): SQL | undefined {
  const isArchived = sql`${runs.tags} ? ${archivedTag}::text`;
  return and(
    experiments && inArray(runs.experiment, [...experiments]),
    ids && inArray(runs.id, [...ids]),
    deleted === "hide" ? isNull(runs.deletedAt) : deleted === "only" ? isNotNull(runs.deletedAt) : undefined,
    archived === "hide" ? sql`not ${isArchived}` : archived === "only" ? isArchived : undefined,
    where,
  );
}
