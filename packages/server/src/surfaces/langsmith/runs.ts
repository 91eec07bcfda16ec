import { InputError, NotFoundError } from "@loam/core";
import {
  findSpan,
  getFile,
  getProject,
  langsmithFilter,
  listProjects,
  querySpans,
  type SpanRecord,
  sharedSpan,
  shareOf,
  shareSpan,
  streamFile,
  unshareSpan,
} from "@loam/observe";
import { type Store, spans } from "@loam/store";
import { and, eq, gte, inArray, isNotNull, isNull, lte, ne, or, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Context, Hono } from "hono";
import { readMultipart } from "../../http/read-multipart.ts";
import type { Services } from "../../services/services.ts";
import { maxBytes, objectField, readObject, textField } from "./http.ts";
import { isUuid, spanIdOf, toUuid, traceIdOf } from "./ids.ts";
import { readParts, writeBatch } from "./read-batch.ts";
import { type Json, timeOf } from "./read-run.ts";
import { showRuns } from "./show-run.ts";

/** Runs in and out: `/runs/multipart`, `/runs/batch`, single ones, `/runs/query` and its successor. */
export function runRoutes(app: Hono, { store, prices }: Services, prefix: string): void {
  const show = async (c: Context, found: readonly SpanRecord[]) =>
    await showRuns(store, found, {
      origin: new URL(c.req.url).origin,
      sessionIds: await sessionIdsOf(store, found),
      prefix,
    });

  app.post("/runs/multipart", async (c) => {
    const batch = readParts(await readMultipart(c.req.raw, { maxBytes }));
    await writeBatch(store, batch, prices);
    return c.json({ message: "Runs batch ingested" }, 202);
  });
  app.post("/runs/batch", async (c) => {
    const body = await readObject(c);
    await writeBatch(
      store,
      { post: runsOf(body, "post"), patch: runsOf(body, "patch"), feedback: [], attachments: [] },
      prices,
    );
    return c.json({ message: "Runs batch ingested" }, 202);
  });
  app.post("/runs", async (c) => {
    await writeBatch(store, { post: [await readObject(c)], patch: [], feedback: [], attachments: [] }, prices);
    return c.json({ message: "Run created" }, 202);
  });
  app.patch("/runs/:id", async (c) => {
    const run = { ...(await readObject(c)), id: c.req.param("id") };
    await writeBatch(store, { post: [], patch: [run], feedback: [], attachments: [] }, prices);
    return c.json({ message: "Run updated" }, 202);
  });

  const query = async (c: Context) => {
    const body = await readObject(c);
    const { found, next } = await queryRuns(store, body);
    const runs = await show(c, found);
    const select = Array.isArray(body.select) ? (body.select as string[]) : undefined;
    return c.json({
      runs: select ? runs.map((run) => pick(run, [...select, ...always])) : runs,
      cursors: { next, prev: null },
      parsed_query: null,
    });
  };
  app.post("/runs/query", query);
  app.post("/v2/runs/query", async (c) => {
    const body = await readObject(c);
    const { found, next } = await queryRuns(store, body);
    const runs = await show(c, found);
    return c.json({ runs, items: runs, next_cursor: next, cursors: { next, prev: null } });
  });
  app.post("/runs/stats", async (c) => {
    const { found } = await queryRuns(store, { ...(await readObject(c)), limit: 10_000 }, 10_000);
    const runs = await show(c, found);
    const sum = (name: string) => runs.reduce((total, run) => total + Number(run[name] ?? 0), 0);
    return c.json({
      run_count: runs.length,
      prompt_tokens: sum("prompt_tokens"),
      completion_tokens: sum("completion_tokens"),
      total_tokens: sum("total_tokens"),
      total_cost: sum("total_cost"),
      error_rate: runs.length === 0 ? 0 : runs.filter(({ status }) => status === "error").length / runs.length,
    });
  });
  for (const path of ["/runs/:id", "/v2/runs/:id"])
    app.get(path, async (c) => {
      const [run] = await show(c, [await spanOf(store, c.req.param("id")!)]);
      return c.json(run!);
    });
  app.get("/runs/:id/attachments/:name", async (c) => {
    const file = await getFile(store, `span/${spanIdOf(c.req.param("id"))}`, c.req.param("name"));
    return c.body(await streamFile(store, file), 200, {
      "content-type": file.contentType ?? "application/octet-stream",
      "content-length": String(file.sizeBytes),
      "content-security-policy": "sandbox",
    });
  });

  for (const path of ["/runs/:id/share", "/v2/runs/:id/share"]) {
    app.put(path, async (c) => {
      const { spanId } = await spanOf(store, c.req.param("id")!);
      const wanted = (await readObject(c)).share_token;
      const token = await shareSpan(store, spanId, isUuid(wanted) ? wanted : undefined);
      return c.json({ run_id: toUuid(spanId), share_token: token });
    });
    app.get(path, async (c) => {
      const spanId = spanIdOf(c.req.param("id"));
      const token = await shareOf(store, spanId);
      return c.json(token === undefined ? null : { run_id: toUuid(spanId), share_token: token });
    });
    app.delete(path, async (c) => {
      await unshareSpan(store, spanIdOf(c.req.param("id")));
      return c.json({});
    });
  }
  const shared = async (c: Context) => {
    const root = await spanOf(store, toUuid(await sharedSpan(store, c.req.param("token")!)));
    return await show(c, [root]);
  };
  for (const path of ["/public/:token/run", "/public/:token/r"])
    app.get(path, async (c) => c.json((await shared(c))[0]!));
  app.post("/public/:token/runs/query", async (c) => {
    const { traceId } = await spanOf(store, toUuid(await sharedSpan(store, c.req.param("token")!)));
    const { found, next } = await queryRuns(store, {
      ...(await readObject(c)),
      trace: toUuid(traceId),
      session: undefined,
    });
    return c.json({ runs: await show(c, found), cursors: { next, prev: null } });
  });
  app.get("/public/:token/run/:id", async (c) => {
    const { traceId } = await spanOf(store, toUuid(await sharedSpan(store, c.req.param("token")!)));
    const span = await spanOf(store, c.req.param("id")!);
    if (span.traceId !== traceId) throw new NotFoundError("run", c.req.param("id")!);
    return c.json((await show(c, [span]))[0]!);
  });
}

const always = ["id", "trace_id", "session_id", "run_type", "name", "start_time", "dotted_order", "app_path", "status"];

function pick(run: Json, names: readonly string[]): Json {
  return Object.fromEntries(names.filter((name) => name in run).map((name) => [name, run[name]]));
}

async function spanOf(store: Store, id: string): Promise<SpanRecord> {
  const span = await findSpan(store, spanIdOf(id));
  if (!span) throw new NotFoundError("run", id);
  return span;
}

async function sessionIdsOf(store: Store, found: readonly SpanRecord[]): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const name of new Set(found.map(({ project }) => project)))
    for (const { uuid } of await listProjects(store, { name, deleted: "show" })) ids.set(name, uuid);
  return ids;
}

function runsOf(body: Json, name: "post" | "patch"): Json[] {
  const runs = body[name] ?? [];
  if (Array.isArray(runs) && runs.every((run) => typeof run === "object" && run !== null && !Array.isArray(run)))
    return runs;
  throw new InputError("invalid_batch", `\`${name}\` is no list of runs.`, {
    details: { name },
    hint: 'send `{ "post": [ … ], "patch": [ … ] }`',
  });
}

function idsOf(value: unknown, name: string): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  const ids = Array.isArray(value) ? value : [value];
  return ids.map((id) => spanIdOf(id, name));
}

/** The condition, page and order of a query. */
async function queryRuns(
  store: Store,
  body: Json,
  mostRows = 1000,
): Promise<{ found: SpanRecord[]; next: string | null }> {
  const wanted = body.limit ?? body.page_size;
  const limit = Math.max(1, Math.min(typeof wanted === "number" ? Math.floor(wanted) : 100, mostRows));
  const order = body.order === "asc" ? "asc" : "desc";
  const where = await conditionOf(store, body);
  const found = await querySpans(store, where, { limit: limit + 1, after: readCursor(body.cursor), order });
  const last = found[limit - 1];
  const next = found.length > limit && last ? `${last.startUs}:${last.spanId}` : null;
  return { found: found.slice(0, limit), next };
}

function readCursor(cursor: unknown): { startUs: number; spanId: string } | undefined {
  if (cursor === undefined || cursor === null || cursor === "") return undefined;
  const [, startUs, spanId] = /^(-?\d{1,16}):([0-9a-f]{16,32})$/.exec(String(cursor)) ?? [];
  if (startUs && spanId) return { startUs: Number(startUs), spanId };
  throw new InputError("invalid_cursor", `\`cursor\` is ${JSON.stringify(cursor)}, which no answer has given.`, {
    details: { name: "cursor" },
    hint: "send the `cursors.next` of the page before",
  });
}

async function conditionOf(store: Store, body: Json): Promise<SQL | undefined> {
  const conditions: (SQL | undefined)[] = [];
  const sessions = [body.session, body.session_id, body.session_ids, body.project_ids, body.project_id]
    .flat()
    .filter((id) => id !== undefined && id !== null);
  if (sessions.length > 0) {
    const names = await Promise.all(
      sessions.map(async (id) => (isUuid(id) ? (await getProject(store, { uuid: id })).name : String(id))),
    );
    conditions.push(inArray(spans.project, names));
  }
  const ids = idsOf(body.id ?? body.ids ?? body.run_ids, "id");
  if (ids) conditions.push(ids.length > 0 ? inArray(spans.spanId, ids) : sql`false`);
  const trace = body.trace ?? body.trace_id;
  if (trace) conditions.push(eq(spans.traceId, traceIdOf(trace)));
  const parents = idsOf(body.parent_run ?? body.parent_run_id, "parent_run");
  if (parents) conditions.push(inArray(spans.parentSpanId, parents));
  const runType = textField(body, "run_type");
  if (runType)
    conditions.push(sql`coalesce(${spans.origin} ->> 'run_type', nullif(${spans.kind}, ''), 'chain') = ${runType}`);
  if (body.error === true) conditions.push(eq(spans.status, "error"));
  if (body.error === false) conditions.push(ne(spans.status, "error"));
  if (body.is_root === true || body.execution_order === 1) conditions.push(isNull(spans.parentSpanId));
  if (body.is_root === false) conditions.push(isNotNull(spans.parentSpanId));
  const since = timeOf(body.start_time ?? body.min_start_time, "start_time");
  if (since !== undefined) conditions.push(gte(spans.startUs, since));
  const until = timeOf(body.end_time ?? body.max_start_time, "end_time");
  if (until !== undefined) conditions.push(lte(spans.startUs, until));
  const examples = [body.reference_example, body.reference_example_ids].flat().filter(isUuid);
  if (examples.length > 0)
    conditions.push(or(...examples.map((id) => sql`${spans.origin} ->> 'reference_example_id' = ${id.toLowerCase()}`)));
  const query = textField(body, "query") ?? textField(body, "search_filter");
  if (query) conditions.push(langsmithFilter(`search(${JSON.stringify(query)})`));
  const filter = textField(body, "filter");
  if (filter) conditions.push(langsmithFilter(filter));
  const traceFilter = textField(body, "trace_filter");
  if (traceFilter) {
    const root = alias(spans, "root");
    conditions.push(
      sql`exists (select 1 from ${spans} as root where ${root.traceId} = ${spans.traceId} and ${root.parentSpanId} is null
        and ${langsmithFilter(traceFilter, root as unknown as typeof spans)})`,
    );
  }
  const treeFilter = textField(body, "tree_filter");
  if (treeFilter) {
    const any = alias(spans, "any_span");
    conditions.push(
      sql`exists (select 1 from ${spans} as any_span where ${any.traceId} = ${spans.traceId}
        and ${langsmithFilter(treeFilter, any as unknown as typeof spans)})`,
    );
  }
  const metadata = objectField(body, "metadata");
  if (metadata) conditions.push(sql`coalesce(${spans.metadata}, '{}') @> ${JSON.stringify(metadata)}::jsonb`);
  return and(...conditions);
}
