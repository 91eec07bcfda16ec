import { runs, type Store } from "@loam/store";
import { and, inArray, isNotNull, isNull, type SQL } from "drizzle-orm";
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
  limit?: number;
  offset?: number;
}

export async function searchRuns(
  store: Store,
  { experiments, ids, where, orderBy = [], deleted = "hide", limit = 1000, offset = 0 }: SearchRunsOptions = {},
): Promise<StoredRun[]> {
  if (experiments?.length === 0 || ids?.length === 0) return [];
  return await store.db
    .select({
      ...runColumns,
      deletedAt: runs.deletedAt,
      externalId: runs.externalId,
      heartbeatAt: runs.heartbeatAt,
      origin: runs.origin,
    })
    .from(runs)
    .where(
      and(
        experiments && inArray(runs.experiment, [...experiments]),
        ids && inArray(runs.id, [...ids]),
        deleted === "hide" ? isNull(runs.deletedAt) : deleted === "only" ? isNotNull(runs.deletedAt) : undefined,
        where,
      ),
    )
    .orderBy(...orderBy)
    .limit(limit)
    .offset(offset);
}
