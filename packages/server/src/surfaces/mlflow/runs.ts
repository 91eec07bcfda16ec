import { randomBytes } from "node:crypto";
import { InputError, NotFoundError } from "@loam/core";
import {
  addModelMetrics,
  createRun,
  currentValues,
  deleteRunTag,
  findProject,
  listProjects,
  logToRun,
  type MetricPoint,
  pointsOf,
  runFilter,
  runOrder,
  type StoredRun,
  searchRuns,
  updateRun,
} from "@loam/observe";
import type { RunStatus, Store } from "@loam/store";
import { sql } from "drizzle-orm";
import type { Context, Hono } from "hono";
import { byId, namesOf, viewOf } from "./experiments.ts";
import {
  double,
  given,
  integer,
  invalidParameter,
  type Json,
  object,
  objects,
  page,
  pairs,
  readRequest,
  required,
  showDouble,
  showPairs,
  text,
  texts,
} from "./http.ts";

const most = { items: 1000, metrics: 1000, params: 1000, tags: 1000 };

/** Runs: begun, logged to, searched, and read back with their metrics. */
export function runRoutes(app: Hono, store: Store): void {
  app.post("/runs/create", async (c) => {
    const body = await readRequest(c);
    const project = body.experiment_id === undefined ? (await findProject(store, { id: 0 }))! : await byId(store, body);
    if (project.deletedAt)
      throw new InputError(
        "invalid_parameter_value",
        `The experiment ${project.id} must be in the 'active' state. Current state is deleted.`,
      );
    const tags = pairs(body, "tags");
    const id = randomBytes(16).toString("hex");
    const startMs = integer(body, "start_time");
    const name = text(body, "run_name") || tags["mlflow.runName"] || randomName(id);
    const userId = text(body, "user_id");
    await createRun(store, {
      id,
      kind: "mlflow",
      experiment: project.name,
      name,
      tags: { ...(userId ? { "mlflow.user": userId } : {}), ...tags, "mlflow.runName": name },
      ...(startMs ? { startedAt: dateOf(startMs, "start_time") } : {}),
    });
    return c.json({ run: await show(store, id) });
  });
  app.get("/runs/get", async (c) => c.json({ run: await show(store, runId(await readRequest(c))) }));
  app.post("/runs/update", async (c) => {
    const body = await readRequest(c);
    const id = runId(body);
    const status = text(body, "status");
    const endMs = integer(body, "end_time");
    const name = text(body, "run_name");
    await one(store, id);
    await updateRun(store, id, {
      ...(status ? { status: statusOf(status) } : {}),
      ...(endMs === undefined ? {} : { finishedAt: endMs === 0 ? null : dateOf(endMs, "end_time") }),
      ...(name ? { name, tags: { "mlflow.runName": name } } : {}),
    });
    return c.json({ run_info: ((await show(store, id)) as { info: Json }).info });
  });
  app.post("/runs/delete", async (c) => {
    await updateRun(store, runId(await readRequest(c)), { deletedAt: new Date() });
    return c.json({});
  });
  app.post("/runs/restore", async (c) => {
    await updateRun(store, runId(await readRequest(c)), { deletedAt: null });
    return c.json({});
  });
  app.post("/runs/log-metric", async (c) => {
    const body = await readRequest(c);
    await one(store, runId(body)); // an unknown run is said before a wrong value
    await logToRun(store, runId(body), { points: [readMetric(body)] });
    await metricsOfModels(store, [body]);
    return c.json({});
  });
  app.post("/runs/log-parameter", async (c) => {
    const body = await readRequest(c);
    await logToRun(store, runId(body), { params: [{ key: required(body, "key"), value: text(body, "value") ?? "" }] });
    return c.json({});
  });
  app.post("/runs/set-tag", async (c) => {
    const body = await readRequest(c);
    await logToRun(store, runId(body), { tags: { [required(body, "key")]: text(body, "value") ?? "" } });
    return c.json({});
  });
  app.post("/runs/delete-tag", async (c) => {
    const body = await readRequest(c);
    await one(store, runId(body));
    const key = required(body, "key");
    if (!(await deleteRunTag(store, runId(body), key))) throw new NotFoundError("tag", key);
    return c.json({});
  });
  app.post("/runs/log-batch", async (c) => {
    const body = await readRequest(c);
    const metrics = objects(body, "metrics");
    const params = objects(body, "params");
    const tags = objects(body, "tags");
    const total = metrics.length + params.length + tags.length;
    if (total > most.items)
      throw invalidParameter("metrics, params, tags", `${total} items`, `at most ${most.items} in one batch`);
    await logToRun(store, runId(body), {
      points: metrics.map(readMetric),
      params: params.map((param) => ({ key: required(param, "key"), value: text(param, "value") ?? "" })),
      tags: pairs(body, "tags"),
    });
    await metricsOfModels(store, metrics);
    return c.json({});
  });
  app.post("/runs/log-model", async (c) => {
    const body = await readRequest(c);
    const run = await one(store, runId(body));
    const models = jsonList(run.tags["mlflow.log-model.history"]);
    const model: unknown = JSON.parse(required(body, "model_json"));
    await logToRun(store, run.id, { tags: { "mlflow.log-model.history": JSON.stringify([...models, model]) } });
    return c.json({});
  });
  app.post("/runs/log-inputs", async (c) => {
    const body = await readRequest(c);
    const run = await one(store, runId(body));
    const added = objects(body, "datasets").map((input) => ({
      tags: objects(input, "tags"),
      dataset: object(input, "dataset") ?? {},
    }));
    const known = (run.origin.inputs as Json[] | undefined) ?? [];
    const key = (input: Json) => `${(input.dataset as Json).name} ${(input.dataset as Json).digest}`;
    const inputs = new Map([...known, ...added].map((input) => [key(input), input]));
    const modelInputs = [...((run.origin.model_inputs as Json[] | undefined) ?? []), ...objects(body, "models")];
    await updateRun(store, run.id, { origin: { inputs: [...inputs.values()], model_inputs: modelInputs } });
    return c.json({});
  });
  app.post("/runs/outputs", async (c) => {
    const body = await readRequest(c);
    const run = await one(store, runId(body));
    const known = (run.origin.model_outputs as Json[] | undefined) ?? [];
    await updateRun(store, run.id, { origin: { model_outputs: [...known, ...objects(body, "models")] } });
    return c.json({});
  });
  app.post("/runs/search", async (c) => {
    const body = await readRequest(c);
    const { limit, offset, next } = page(body, { otherwise: 1000, most: 50_000 });
    const found = await searchRuns(store, {
      experiments: await namesOf(store, texts(body, "experiment_ids")),
      where: runFilter(text(body, "filter") ?? ""),
      orderBy: runOrder(texts(body, "order_by")),
      deleted: viewOf(text(body, "run_view_type") ?? "ACTIVE_ONLY"),
      limit: limit + 1,
      offset,
    });
    return c.json({ runs: await showRuns(store, found.slice(0, limit)), next_page_token: next(found.length) });
  });
  app.get("/metrics/get-history", async (c) => {
    const body = await readRequest(c);
    const run = await one(store, runId(body));
    const key = required(body, "metric_key");
    const { limit, offset, next } = page(body, { otherwise: 25_000, most: 1_000_000 });
    const points = await pointsOf(store, run.id, key, { limit: limit + 1, offset });
    return c.json({ metrics: points.slice(0, limit).map(showMetric), next_page_token: next(points.length) });
  });
  const bulk = async (c: Context) => {
    const body = await readRequest(c);
    const key = required(body, "metric_key");
    const limit = Math.min(integer(body, "max_results") ?? 2500, 25_000);
    const metrics: Json[] = [];
    for (const id of texts(body, body.run_ids === undefined ? "run_id" : "run_ids").slice(0, 100)) {
      const points = await pointsOf(store, id, key);
      const every = Math.max(1, Math.ceil(points.length / limit));
      for (const [i, point] of points.entries())
        if (i % every === 0 || i === points.length - 1) metrics.push({ ...showMetric(point), run_id: id });
    }
    return c.json({ metrics });
  };
  app.get("/metrics/get-history-bulk", bulk);
  app.get("/metrics/get-history-bulk-interval", bulk);
}

/** What was logged before; a tag that somebody has set to something else counts as none. */
function jsonList(text: string | undefined): unknown[] {
  try {
    const list: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}

/** Both names are sent; the older one by older clients. */
function runId(body: Json): string {
  return text(body, "run_id") || text(body, "run_uuid") || required(body, "run_id");
}

/** @throws {NotFoundError} */
export async function one(store: Store, id: string): Promise<StoredRun> {
  const [run] = await searchRuns(store, { ids: [id], deleted: "show" });
  if (!run) throw new NotFoundError("run", id);
  return run;
}

async function show(store: Store, id: string): Promise<Json> {
  return (await showRuns(store, [await one(store, id)]))[0]!;
}

function readMetric(body: Json): MetricPoint {
  return {
    key: required(body, "key"),
    value: double(body, "value"),
    timeMs: integer(body, "timestamp") ?? Date.now(),
    step: integer(body, "step") ?? 0,
  };
}

/** Metrics that were logged for a model stand with it as well. */
async function metricsOfModels(store: Store, metrics: readonly Json[]): Promise<void> {
  const ofModels = Map.groupBy(
    metrics.filter(({ model_id }) => typeof model_id === "string" && model_id !== ""),
    ({ model_id }) => model_id as string,
  );
  for (const [id, group] of ofModels)
    await addModelMetrics(
      store,
      id,
      group.map((body) =>
        given({
          ...showMetric(readMetric(body)),
          run_id: text(body, "run_id"),
          model_id: id,
          dataset_name: body.dataset_name,
          dataset_digest: body.dataset_digest,
        }),
      ),
    );
}

function showMetric({ key, value, timeMs, step }: MetricPoint): Json {
  return { key, value: showDouble(value), timestamp: timeMs, step };
}

const statuses: Record<string, RunStatus> = {
  RUNNING: "running",
  SCHEDULED: "queued",
  FINISHED: "finished",
  FAILED: "failed",
  KILLED: "cancelled",
  1: "running",
  2: "queued",
  3: "finished",
  4: "failed",
  5: "cancelled",
};

function statusOf(status: string): RunStatus {
  const known = Object.hasOwn(statuses, status) ? statuses[status] : undefined;
  if (!known) throw invalidParameter("status", status, "RUNNING, SCHEDULED, FINISHED, FAILED or KILLED");
  return known;
}

const shown: Record<string, string> = {
  running: "RUNNING",
  queued: "SCHEDULED",
  finished: "FINISHED",
  failed: "FAILED",
  cancelled: "KILLED",
  interrupted: "KILLED",
};

/** Runs of any client as MLflow's read them: nested parameters by their path, the current value of every metric. */
async function showRuns(store: Store, runs: readonly StoredRun[]): Promise<Json[]> {
  const values = await currentValues(
    store,
    runs.map(({ id }) => id),
  );
  const names = [...new Set(runs.map(({ experiment }) => experiment))];
  const projects = await listProjects(store, {
    where:
      names.length === 0
        ? sql`false`
        : sql`name in (${sql.join(
            names.map((name) => sql`${name}`),
            sql`, `,
          )})`,
    deleted: "show",
    limit: names.length + 1,
  });
  const ids = new Map(projects.map(({ name, id }) => [name, String(id)]));
  return runs.map((run) => {
    const experimentId = ids.get(run.experiment) ?? "0";
    const { origin } = run;
    return {
      info: given({
        run_uuid: run.id,
        run_id: run.id,
        run_name: run.name,
        experiment_id: experimentId,
        user_id: run.tags["mlflow.user"] ?? "",
        status: shown[run.status],
        start_time: (run.startedAt ?? run.createdAt).getTime(),
        end_time: run.finishedAt?.getTime(),
        artifact_uri: `mlflow-artifacts:/${experimentId}/${run.id}/artifacts`,
        lifecycle_stage: run.deletedAt ? "deleted" : "active",
      }),
      data: {
        metrics: (values.get(run.id) ?? []).map(showMetric),
        params: showPairs(flat(run.params)),
        tags: showPairs({ "mlflow.runName": run.name, ...stringTags(run.tags) }),
      },
      inputs: {
        dataset_inputs: origin.inputs ?? [],
        model_inputs: origin.model_inputs ?? [],
      },
      outputs: { model_outputs: origin.model_outputs ?? [] },
    };
  });
}

function stringTags(tags: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

/** `{ opt: { name: "adam" } }` as `{ "opt.name": "adam" }`, all values as text. */
function flat(params: Record<string, unknown>, prefix = "", depth = 0): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [key, value] of Object.entries(params)) {
    const nested = typeof value === "object" && value !== null && !Array.isArray(value);
    if (nested && depth < 20 && Object.keys(value).length > 0)
      Object.assign(result, flat(value as Record<string, unknown>, `${prefix}${key}.`, depth + 1));
    else result[prefix + key] = typeof value === "string" ? value : JSON.stringify(value);
  }
  return result;
}

function dateOf(ms: number, name: string): Date {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999)
    throw invalidParameter(name, ms, "milliseconds since 1970");
  return date;
}

const adjectives = [
  "bold",
  "calm",
  "clear",
  "deft",
  "eager",
  "fair",
  "keen",
  "lively",
  "mild",
  "neat",
  "quiet",
  "swift",
];
const nouns = ["crane", "finch", "fox", "hare", "heron", "lark", "lynx", "otter", "owl", "robin", "swan", "wren"];

/** A name for a run that was given none. */
function randomName(id: string): string {
  const [a, b, n] = [0, 2, 4].map((at) => Number.parseInt(id.slice(at, at + 2), 16)) as [number, number, number];
  return `${adjectives[a % adjectives.length]}-${nouns[b % nouns.length]}-${n}`;
}
