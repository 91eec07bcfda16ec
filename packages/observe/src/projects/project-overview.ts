import { projects, type Store } from "@loam/store";
import { and, eq, ilike, isNotNull, isNull, sql } from "drizzle-orm";

/** A project with how much is in it. */
export interface ProjectOverview {
  id: number;
  name: string;
  description: string | null;
  tags: Record<string, string>;
  runs: number;
  traces: number;
  createdAt: Date;
  /** When the newest run or trace began; null while it is empty. */
  lastAt: Date | null;
  deletedAt: Date | null;
  retention: Record<string, unknown> | null;
  legalHold: boolean;
}

/** Projects, the one last used first. */
export async function projectOverviews(
  store: Store,
  {
    id,
    query,
    deleted = "hide",
    limit = 1000,
    offset = 0,
  }: { id?: number; query?: string; deleted?: "hide" | "only" | "show"; limit?: number; offset?: number } = {},
): Promise<ProjectOverview[]> {
  const where = and(
    id === undefined ? undefined : eq(projects.id, id),
    query ? ilike(projects.name, `%${query.replace(/[\\%_]/g, "\\$&")}%`) : undefined,
    deleted === "show" ? undefined : deleted === "only" ? isNotNull(projects.deletedAt) : isNull(projects.deletedAt),
  );
  const { rows } = await store.db.execute<Record<string, unknown>>(sql`
    select ${projects.id} as id, name, description, tags, created_at, deleted_at, retention, legal_hold,
      coalesce(r.runs, 0) as runs, coalesce(t.traces, 0) as traces, extract(epoch from greatest(r.last, t.last)) as last
    from ${projects}
    left join (select experiment, count(*)::int as runs, max(created_at) as last from runs where deleted_at is null group by 1) r
      on r.experiment = ${projects.name}
    left join (select project, count(*)::int as traces, to_timestamp(max(start_us) / 1e6) as last from traces where deleted_at is null group by 1) t
      on t.project = ${projects.name}
    where ${where ?? sql`true`}
    order by greatest(r.last, t.last) desc nulls last, name limit ${limit} offset ${offset}`);
  return rows.map((row) => ({
    id: Number(row.id),
    name: row.name as string,
    description: row.description as string | null,
    tags: row.tags as Record<string, string>,
    runs: Number(row.runs),
    traces: Number(row.traces),
    createdAt: new Date(row.created_at as string),
    lastAt: row.last === null ? null : new Date(Number(row.last) * 1000),
    deletedAt: row.deleted_at === null ? null : new Date(row.deleted_at as string),
    retention: row.retention as Record<string, unknown> | null,
    legalHold: row.legal_hold as boolean,
  }));
}
