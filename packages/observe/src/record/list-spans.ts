import { ArgumentError } from "@loam/core";
import { type Store, spans } from "@loam/store";
import { and, desc, eq, gte, ilike, isNotNull, ne } from "drizzle-orm";
import type { SpanRecord } from "./span-record.ts";
import { spanColumns } from "./traces.ts";

export interface ListSpansOptions {
  /** `*` stands for any text; upper and lower case are the same. */
  name?: string;
  kind?: string;
  model?: string;
  status?: "ok" | "error";
  since?: Date;
  limit?: number;
}

/**
 * Finished spans of any depth with their inputs and outputs, the newest first.
 *
 * @throws {ArgumentError} unless limit is a whole number from 1 to 10,000.
 */
export async function listSpans(
  store: Store,
  { name, kind, model, status, since, limit = 100 }: ListSpansOptions = {},
): Promise<SpanRecord[]> {
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
    throw new ArgumentError("limit", limit, "a whole number from 1 to 10000");
  const pattern = name?.replace(/[\\%_]/g, "\\$&").replaceAll("*", "%");
  const failed = status === "error" ? eq(spans.status, "error") : undefined;
  const rows = await store.db
    .select(spanColumns)
    .from(spans)
    .where(
      and(
        pattern === undefined ? undefined : ilike(spans.name, pattern),
        kind === undefined ? undefined : eq(spans.kind, kind),
        model === undefined ? undefined : eq(spans.model, model),
        since && gte(spans.startUs, since.getTime() * 1000),
        status === "ok" ? ne(spans.status, "error") : failed,
        isNotNull(spans.endUs),
      ),
    )
    .orderBy(desc(spans.startUs), desc(spans.spanId))
    .limit(limit);
  return rows as SpanRecord[];
}
