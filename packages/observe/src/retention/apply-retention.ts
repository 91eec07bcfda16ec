import { examples, feedback, files, projects, type Store, spans, traces } from "@loam/store";
import { and, eq, inArray, isNotNull, isNull, lt, type SQL, sql } from "drizzle-orm";
import { blobKey } from "../ingest/blobs.ts";
import { deleteTraces, isFree } from "../record/traces.ts";

/** How long and how much of a project's traces is kept. */
export interface Retention {
  days?: number;
  /** As the database stores it; the oldest traces go first. */
  maxBytes?: number;
  keepFeedback?: boolean;
  keepInDatasets?: boolean;
  /** How long what goes lies in the bin first. */
  binDays?: number;
}

/** What a round of {@link applyRetention} did. */
export interface RetentionReport {
  binned: number;
  purged: number;
  blobs: number;
}

/** What was put into the bin by hand, in a project without rules, stays there so long. */
const defaultBinDays = 30;
const tracesAtOnce = 200;

/**
 * Puts what the projects' rules do not keep into the bin, deletes for good what has lain there long enough, and gives
 * its space back. What is under a legal hold is left alone.
 */
export async function applyRetention(store: Store, now = new Date()): Promise<RetentionReport> {
  const report: RetentionReport = { binned: 0, purged: 0, blobs: 0 };
  const rules = new Map<string, Retention>();
  for (const { name, retention } of await store.db
    .select({ name: projects.name, retention: projects.retention })
    .from(projects)
    .where(and(isNotNull(projects.retention), eq(projects.legalHold, false))))
    rules.set(name, retention as Retention);
  for (const [project, rule] of rules) report.binned += await binByRule(store, project, rule, now);
  const emptied = await emptyBin(store, rules, now);
  report.purged = emptied.purged;
  report.blobs = await deleteBlobs(store, emptied.blobs);
  // Without it the rows' place is free, and not given back.
  if (report.purged > 0)
    for (const table of ["spans", "traces", "feedback"]) await store.db.execute(sql.raw(`vacuum ${table}`));
  return report;
}

async function binByRule(store: Store, project: string, rule: Retention, now: Date): Promise<number> {
  const may = and(
    eq(traces.project, project),
    isNull(traces.deletedAt),
    isFree,
    rule.keepFeedback === false
      ? undefined
      : sql`not exists (select 1 from ${feedback} where ${feedback.traceId} = ${traces.id})`,
    rule.keepInDatasets === false
      ? undefined
      : sql`not exists (select 1 from ${examples} join ${spans} on ${spans.spanId} = ${examples.sourceRunId} where ${spans.traceId} = ${traces.id})`,
  );
  let binned = 0;
  const bin = async (where: SQL | undefined) => {
    const moved = await store.db.update(traces).set({ deletedAt: now }).where(where).returning({ id: traces.id });
    binned += moved.length;
  };
  if (rule.days !== undefined) await bin(and(may, lt(traces.endUs, (now.getTime() - rule.days * 86_400_000) * 1000)));
  if (rule.maxBytes !== undefined) {
    const { rows } = await store.db.execute<{ id: string }>(sql`
      select id from (
        select ${traces.id} as id, sum(size) over (order by ${traces.startUs} desc, ${traces.id}) as upto
        from ${traces} join lateral (select coalesce(sum(pg_column_size(s.*)), 0) as size from spans s where s.trace_id = ${traces.id}) sizes on true
        where ${may}) kept
      where upto > ${rule.maxBytes}`);
    for (let i = 0; i < rows.length; i += 1000)
      await bin(
        inArray(
          traces.id,
          rows.slice(i, i + 1000).map(({ id }) => id),
        ),
      );
  }
  return binned;
}

async function emptyBin(store: Store, rules: ReadonlyMap<string, Retention>, now: Date) {
  const binDays = sql`(case ${traces.project} ${sql.join(
    [...rules].map(([project, { binDays: days = 7 }]) => sql`when ${project} then ${days}::float8`),
    sql` `,
  )} else ${defaultBinDays}::float8 end)`;
  const days = rules.size > 0 ? binDays : sql`${defaultBinDays}::float8`;
  let purged = 0;
  const blobs = new Set<string>();
  for (;;) {
    const gone = await store.db
      .select({ id: traces.id })
      .from(traces)
      .where(
        and(
          isNotNull(traces.deletedAt),
          sql`${traces.deletedAt} + make_interval(secs => ${days} * 86400) <= ${now.toISOString()}::timestamptz`,
          isFree,
        ),
      )
      .limit(tracesAtOnce);
    if (gone.length === 0) return { purged, blobs };
    const ids = gone.map(({ id }) => id);
    for (const sha256 of await blobsOf(store, ids)) blobs.add(sha256);
    purged += await deleteTraces(store, ids);
  }
}

/** Hashes of the blobs that some traces' spans link to or have as files. */
async function blobsOf(store: Store, traceIds: readonly string[]): Promise<string[]> {
  const { rows } = await store.db.execute<{ sha: string }>(sql`
    select distinct m[1] as sha from ${spans},
      regexp_matches(coalesce(input::text, '') || coalesce(output::text, '') || attributes::text, '/api/blobs/([0-9a-f]{64})', 'g') m
    where ${inArray(spans.traceId, [...traceIds])}`);
  const scopes = await store.db
    .select({ spanId: spans.spanId })
    .from(spans)
    .where(inArray(spans.traceId, [...traceIds]));
  const gone = await store.db
    .delete(files)
    .where(
      inArray(files.scope, [...traceIds.map((id) => `trace/${id}`), ...scopes.map(({ spanId }) => `span/${spanId}`)]),
    )
    .returning({ sha: files.sha256 });
  return [...new Set([...rows, ...gone].map(({ sha }) => sha))];
}

/** Deletes blobs that nothing else links to. */
async function deleteBlobs(store: Store, candidates: ReadonlySet<string>): Promise<number> {
  if (candidates.size === 0) return 0;
  const used = new Set<string>();
  const list = [...candidates];
  const inFiles = await store.db.select({ sha: files.sha256 }).from(files).where(inArray(files.sha256, list));
  for (const { sha } of inFiles) used.add(sha);
  const { rows } = await store.db.execute<{ sha: string }>(sql`
    select distinct m[1] as sha from ${spans},
      regexp_matches(coalesce(input::text, '') || coalesce(output::text, '') || attributes::text, '/api/blobs/([0-9a-f]{64})', 'g') m`);
  for (const { sha } of rows) used.add(sha);
  const free = list.filter((sha) => !used.has(sha));
  for (const sha of free) await store.blobs.delete(blobKey(sha));
  return free.length;
}
