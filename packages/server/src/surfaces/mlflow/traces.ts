import { NotFoundError } from "@loam/core";
import {
  deleteTraces,
  ensureProject,
  findProject,
  listFeedback,
  listProjects,
  listTraceRows,
  putFeedback,
  putTraceInfo,
  type SpanRecord,
  spansOfTraces,
  type TraceRow,
  updateTraceInfo,
} from "@loam/observe";
import { type Store, traces } from "@loam/store";
import { sql } from "drizzle-orm";
import type { Hono } from "hono";
import { assessmentRoutes, readAssessment, showAssessment } from "./assessments.ts";
import { namesOf } from "./experiments.ts";
import { given, integer, type Json, object, objects, page, readRequest, required, text, texts } from "./http.ts";
import { showSpan } from "./show-span.ts";
import { traceFilter, traceOrder } from "./trace-filter.ts";
import { row, traceId } from "./trace-row.ts";

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
