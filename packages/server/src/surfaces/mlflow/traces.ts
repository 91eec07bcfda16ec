import { NotFoundError } from "@loam/core";
import {
  compareNumber,
  compareText,
  deleteFeedback,
  deleteTraces,
  ensureProject,
  type Feedback,
  findProject,
  listFeedback,
  listProjects,
  listTraceRows,
  parseMlflowFilter,
  parseMlflowOrder,
  putFeedback,
  putTraceInfo,
  type SpanRecord,
  spansOfTraces,
  type TraceRow,
  updateTraceInfo,
} from "@loam/observe";
import { feedback as feedbackTable, type Store, spans, traces } from "@loam/store";
import { and, asc, desc, type SQL, sql } from "drizzle-orm";
import type { Context, Hono } from "hono";
import { namesOf } from "./experiments.ts";
import {
  given,
  integer,
  invalidParameter,
  type Json,
  object,
  objects,
  page,
  readRequest,
  required,
  text,
  texts,
} from "./http.ts";
import { showSpan } from "./show-span.ts";

/** Traces (version 3), their assessments and tags. */
export function traceRoutes(app: Hono, store: Store): void {
  app.post("/traces", async (c) => {
    const body = await readRequest(c);
    const info = object(object(body, "trace") ?? {}, "trace_info") ?? {};
    const id = traceId(required(info, "trace_id"));
    const experimentId = String(
      object(object(info, "trace_location") ?? {}, "mlflow_experiment")?.experiment_id ?? "0",
    );
    const project =
      (await findProject(store, { id: Number(experimentId) || 0 })) ?? (await ensureProject(store, "Default"));
    const startMs = timeMs(info.request_time);
    const durationMs = secondsOf(info.execution_duration) * 1000;
    const { assessments: _, ...kept } = info;
    await putTraceInfo(store, {
      id,
      project: project.name,
      startUs: Math.round(startMs * 1000),
      endUs: Math.round((startMs + durationMs) * 1000),
      info: kept,
    });
    const given = objects(info, "assessments");
    if (given.length > 0)
      await putFeedback(
        store,
        given.map((each) => readAssessment(each, id)),
      );
    return c.json({ trace: { trace_info: (await showInfos(store, [await row(store, id)]))[0] } });
  });
  app.post("/traces/search", async (c) => {
    const body = await readRequest(c);
    const { limit, offset, next } = page(body, { otherwise: 100, most: 50_000 });
    const ids = [
      ...objects(body, "locations").flatMap((location) =>
        texts(object(location, "mlflow_experiment") ?? {}, "experiment_id"),
      ),
      ...texts(body, "experiment_ids"),
    ];
    const found = await listTraceRows(store, {
      projects: await namesOf(store, ids),
      where: traceFilter(text(body, "filter") ?? ""),
      orderBy: traceOrder(texts(body, "order_by")),
      limit: limit + 1,
      offset,
    });
    return c.json({ traces: await showInfos(store, found.slice(0, limit)), next_page_token: next(found.length) });
  });
  app.get("/traces", async (c) => {
    const body = await readRequest(c);
    const { limit, offset, next } = page(body, { otherwise: 100, most: 50_000 });
    const found = await listTraceRows(store, {
      projects: await namesOf(store, texts(body, "experiment_ids")),
      where: traceFilter(text(body, "filter") ?? ""),
      orderBy: traceOrder(texts(body, "order_by")),
      limit: limit + 1,
      offset,
    });
    return c.json({ traces: await showInfos(store, found.slice(0, limit)), next_page_token: next(found.length) });
  });
  const whole = async (ids: readonly string[]) => {
    const rows = await listTraceRows(store, { ids, limit: ids.length + 1 });
    const [infos, bySpans] = await Promise.all([
      showInfos(store, rows),
      spansOfTraces(
        store,
        rows.map(({ id }) => id),
      ),
    ]);
    return rows.map(({ id }, i) => ({ trace_info: infos[i], spans: (bySpans.get(id) ?? []).map(showSpan) }));
  };
  app.get("/traces/batchGet", async (c) => {
    const ids = texts(await readRequest(c), "trace_ids").map(traceId);
    return c.json({ traces: await whole(ids.slice(0, 1000)) });
  });
  app.post("/traces/batchGetInfos", async (c) => {
    const ids = texts(await readRequest(c), "trace_ids").map(traceId);
    return c.json({ trace_infos: await showInfos(store, await listTraceRows(store, { ids, limit: 1000 })) });
  });
  app.get("/traces/get", async (c) => {
    const id = traceId(required(await readRequest(c), "trace_id"));
    await row(store, id);
    return c.json({ trace: (await whole([id]))[0] });
  });
  app.post("/traces/delete-traces", async (c) => {
    const body = await readRequest(c);
    const ids = texts(body, body.request_ids === undefined ? "trace_ids" : "request_ids").map(traceId);
    const before = integer(body, "max_timestamp_millis");
    const [project] = await namesOf(store, texts(body, "experiment_id"));
    const old =
      before === undefined || !project
        ? []
        : await listTraceRows(store, {
            projects: [project],
            where: sql`${traces.startUs} <= ${before * 1000}`,
            limit: integer(body, "max_traces") ?? 10_000,
          });
    return c.json({ traces_deleted: await deleteTraces(store, [...ids, ...old.map(({ id }) => id)]) });
  });
  app.get("/traces/:id/info", async (c) =>
    c.json({ trace_info: (await showInfos(store, [await row(store, traceId(c.req.param("id")))]))[0] }),
  );
  app.get("/traces/:id", async (c) => {
    const found = await row(store, traceId(c.req.param("id")));
    return c.json({ trace: { trace_info: (await showInfos(store, [found]))[0] } });
  });
  app.patch("/traces/:id/tags", async (c) => {
    const body = await readRequest(c);
    await changeTags(store, c.req.param("id"), (tags) => ({
      ...tags,
      [required(body, "key")]: text(body, "value") ?? "",
    }));
    return c.json({});
  });
  app.delete("/traces/:id/tags", async (c) => {
    const key = required(await readRequest(c), "key");
    await changeTags(store, c.req.param("id"), ({ [key]: _, ...tags }) => tags);
    return c.json({});
  });
  app.post("/traces/link-to-run", async (c) => {
    const body = await readRequest(c);
    for (const id of texts(body, "trace_ids"))
      await updateTraceInfo(store, traceId(id), (info) => ({
        ...info,
        trace_metadata: { ...(info.trace_metadata as Json | undefined), "mlflow.sourceRun": required(body, "run_id") },
      }));
    return c.json({});
  });
  app.post("/traces/link-prompts", async (c) => {
    const body = await readRequest(c);
    await changeTags(store, required(body, "trace_id"), (tags) => ({
      ...tags,
      "mlflow.linkedPrompts": JSON.stringify(objects(body, "prompt_versions")),
    }));
    return c.json({});
  });
  assessmentRoutes(app, store);
}

function assessmentRoutes(app: Hono, store: Store): void {
  app.post("/traces/:id/assessments", async (c) => {
    const id = traceId(c.req.param("id"));
    await row(store, id);
    const assessment = object(await readRequest(c), "assessment") ?? {};
    const [made] = await putFeedback(store, [readAssessment(assessment, id)]);
    return c.json({ assessment: showAssessment(made!) });
  });
  const found = async (c: Context) => {
    const [one] = await listFeedback(store, { ids: [c.req.param("assessment")!] });
    if (!one) throw new NotFoundError("assessment", c.req.param("assessment")!);
    return one;
  };
  app.get("/traces/:id/assessments/:assessment", async (c) => c.json({ assessment: showAssessment(await found(c)) }));
  app.patch("/traces/:id/assessments/:assessment", async (c) => {
    const before = await found(c);
    const changes = object(await readRequest(c), "assessment") ?? {};
    const [changed] = await putFeedback(store, [
      readAssessment({ ...showAssessment(before), ...changes, assessment_id: before.id }, before.traceId!),
    ]);
    return c.json({ assessment: showAssessment(changed!) });
  });
  app.delete("/traces/:id/assessments/:assessment", async (c) => {
    await deleteFeedback(store, (await found(c)).id);
    return c.json({});
  });
}

/** `tr-<hex>` as the trace's id. */
function traceId(id: string): string {
  return id.replace(/^tr-/, "").replaceAll("-", "").toLowerCase();
}

/** @throws {NotFoundError} */
async function row(store: Store, id: string): Promise<TraceRow> {
  const [found] = await listTraceRows(store, { ids: [id] });
  if (!found) throw new NotFoundError("trace", `tr-${id}`);
  return found;
}

async function changeTags(store: Store, id: string, change: (tags: Json) => Json): Promise<void> {
  const known = await updateTraceInfo(store, traceId(id), (info) => ({
    ...info,
    tags: change((info.tags as Json | undefined) ?? {}),
  }));
  if (!known) throw new NotFoundError("trace", id);
}

/** RFC 3339, or milliseconds. */
function timeMs(value: unknown): number {
  const ms = typeof value === "number" ? value : Date.parse(String(value ?? ""));
  return Number.isFinite(ms) ? ms : Date.now();
}

/** `"0.001s"`. */
function secondsOf(value: unknown): number {
  const match = /^(\d+(?:\.\d+)?)s$/.exec(String(value ?? ""));
  return match ? Number(match[1]) : 0;
}

/** What MLflow's client wants to know of traces, whoever recorded them. */
async function showInfos(store: Store, rows: readonly TraceRow[]): Promise<Json[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const [judgements, projects, roots] = await Promise.all([
    listFeedback(store, { traceIds: ids, limit: 100_000 }),
    listProjects(store, { deleted: "show", limit: 100_000 }),
    rootsOf(store, rows),
  ]);
  const byTrace = Map.groupBy(judgements, ({ traceId: id }) => id);
  const projectIds = new Map(projects.map(({ name, id }) => [name, String(id)]));
  return rows.map((trace) => {
    const info = trace.info ?? {};
    const experimentId = projectIds.get(trace.project) ?? "0";
    const id = `tr-${trace.id}`;
    const root = roots.get(trace.id);
    return given({
      trace_id: id,
      client_request_id: info.client_request_id,
      trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: experimentId } },
      request_time: info.request_time ?? new Date(trace.startUs / 1000).toISOString(),
      execution_duration: info.execution_duration ?? `${Math.max(0, trace.endUs - trace.startUs) / 1e6}s`,
      state:
        info.state ??
        (trace.rootFailed === null ? (root?.endUs === null ? "IN_PROGRESS" : "OK") : trace.rootFailed ? "ERROR" : "OK"),
      request_preview: info.request_preview ?? preview(root?.input),
      response_preview: info.response_preview ?? preview(root?.output),
      trace_metadata: {
        "mlflow.trace_schema.version": "3",
        ...(trace.sessionId ? { "mlflow.trace.session": trace.sessionId } : {}),
        ...(trace.userId ? { "mlflow.trace.user": trace.userId } : {}),
        ...(info.trace_metadata as Json | undefined),
      },
      tags: {
        "mlflow.traceName": root?.name ?? "",
        "mlflow.artifactLocation": `mlflow-artifacts:/${experimentId}/traces/${id}/artifacts`,
        "mlflow.trace.spansLocation": "TRACKING_STORE",
        ...(info.tags as Json | undefined),
      },
      assessments: (byTrace.get(trace.id) ?? []).map(showAssessment),
    });
  });
}

async function rootsOf(store: Store, rows: readonly TraceRow[]): Promise<Map<string, SpanRecord>> {
  const foreign = rows.filter(({ info }) => info === null).map(({ id }) => id);
  const found = await spansOfTraces(store, foreign.slice(0, 500));
  return new Map(
    [...found].map(([id, group]) => [id, group.find(({ parentSpanId }) => parentSpanId === null) ?? group[0]!]),
  );
}

function preview(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  const shown = typeof value === "string" ? value : JSON.stringify(value);
  return shown.length > 1000 ? `${shown.slice(0, 997)}...` : shown;
}

function readAssessment(body: Json, id: string) {
  const judgement = object(body, "feedback");
  const expectation = object(body, "expectation");
  const value = (judgement ?? expectation)?.value ?? object(expectation ?? {}, "serialized_value")?.value;
  const number = typeof value === "boolean" ? Number(value) : typeof value === "number" ? value : null;
  return {
    ...(body.assessment_id
      ? { id: String(body.assessment_id) }
      : { id: `a-${crypto.randomUUID().replaceAll("-", "")}` }),
    traceId: id,
    spanId: text(body, "span_id") || null,
    key: required(body, "assessment_name"),
    score: number,
    value: value ?? null,
    comment: text(body, "rationale") ?? null,
    source: { type: "mlflow", ...object(body, "source") },
    origin: given({
      kind: expectation ? "expectation" : "feedback",
      metadata: object(body, "metadata"),
      error: body.error ?? judgement?.error,
      serialized: expectation?.serialized_value,
      overrides: body.overrides,
      valid: body.valid,
    }),
  };
}

function showAssessment(one: Feedback): Json {
  const origin = one.origin ?? {};
  const { type: _, ...source } = one.source ?? {};
  const value = one.value ?? one.score;
  return given({
    assessment_id: one.id,
    assessment_name: one.key,
    trace_id: `tr-${one.traceId}`,
    span_id: one.spanId || undefined,
    source: Object.keys(source).length > 0 ? source : { source_type: "CODE", source_id: "default" },
    create_time: one.createdAt.toISOString(),
    last_update_time: one.modifiedAt.toISOString(),
    rationale: one.comment ?? undefined,
    metadata: origin.metadata,
    overrides: origin.overrides,
    valid: origin.valid ?? true,
    ...(origin.kind === "expectation"
      ? { expectation: origin.serialized ? { serialized_value: origin.serialized } : { value } }
      : { feedback: given({ value, error: origin.error }) }),
  });
}

function traceFilter(filter: string): SQL | undefined {
  return and(
    ...parseMlflowFilter(filter).map((comparison) => {
      const { entity, key } = comparison;
      const info = (name: string) => sql`(${traces.info} -> ${name}::text ->> ${key}::text)`;
      switch (entity) {
        case "tags":
        case "tag":
          return compareText(info("tags"), comparison);
        case "metadata":
        case "request_metadata":
        case "trace_metadata":
          return key === "mlflow.trace.session"
            ? compareText(sql`coalesce(${info("trace_metadata")}, ${traces.sessionId})`, comparison)
            : compareText(info("trace_metadata"), comparison);
        case "feedback":
        case "expectation":
        case "assessment":
          return sql`exists (select 1 from ${feedbackTable} where ${feedbackTable.traceId} = ${traces.id} and ${feedbackTable.key} = ${key}
            and ${compareText(sql`(${feedbackTable.value} #>> '{}')`, { ...comparison, value: String(comparison.value) })})`;
        case "span":
          return sql`exists (select 1 from ${spans} where ${spans.traceId} = ${traces.id} and ${
            key === "name"
              ? compareText(sql`${spans.name}`, comparison)
              : key === "type"
                ? compareText(sql`upper(${spans.kind})`, comparison)
                : compareText(sql`(${spans.attributes} ->> ${key.replace(/^attributes\./, "")}::text)`, comparison)
          })`;
        case "":
        case "trace":
        case "attributes":
        case "attribute":
          return traceAttribute(comparison);
        default:
          throw invalidParameter(
            "filter",
            comparison.text,
            "tags., metadata., feedback., span. or an attribute of the trace",
          );
      }
    }),
  );
}

function traceAttribute(comparison: Parameters<typeof compareText>[1]): SQL {
  switch (comparison.key.toLowerCase()) {
    case "status":
    case "state":
      return compareText(
        sql`case when coalesce(${traces.rootFailed}, false) then 'ERROR' else coalesce(${traces.info} ->> 'state', 'OK') end`,
        comparison,
      );
    case "timestamp":
    case "timestamp_ms":
    case "request_time":
      return compareNumber(sql`(${traces.startUs} / 1000)`, comparison);
    case "execution_time":
    case "execution_time_ms":
      return compareNumber(sql`((${traces.endUs} - ${traces.startUs}) / 1000)`, comparison);
    case "trace_id":
    case "request_id":
      return compareText(sql`('tr-' || ${traces.id})`, comparison);
    case "name":
      return compareText(sql`(${traces.info} -> 'tags' ->> 'mlflow.traceName')`, comparison);
    case "run_id":
      return compareText(sql`(${traces.info} -> 'trace_metadata' ->> 'mlflow.sourceRun')`, comparison);
    case "client_request_id":
      return compareText(sql`(${traces.info} ->> 'client_request_id')`, comparison);
    default:
      throw invalidParameter(
        "filter",
        comparison.text,
        "status, timestamp_ms, execution_time_ms, trace_id, name or run_id",
      );
  }
}

function traceOrder(orderBy: readonly string[]): SQL[] {
  const columns: Record<string, SQL> = {
    timestamp: sql`${traces.startUs}`,
    timestamp_ms: sql`${traces.startUs}`,
    request_time: sql`${traces.startUs}`,
    execution_time: sql`(${traces.endUs} - ${traces.startUs})`,
    execution_time_ms: sql`(${traces.endUs} - ${traces.startUs})`,
    trace_id: sql`${traces.id}`,
  };
  const orders = parseMlflowOrder(orderBy).map(({ key, descending }) => {
    const column = Object.hasOwn(columns, key) ? columns[key]! : undefined;
    if (!column) throw invalidParameter("order_by", key, Object.keys(columns).join(", "));
    return descending ? desc(column) : asc(column);
  });
  return [...orders, desc(traces.startUs), desc(traces.id)];
}
