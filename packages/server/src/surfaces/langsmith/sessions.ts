import { InputError } from "@loam/core";
import {
  createProject,
  deleteProject,
  ensureProject,
  feedbackOfProject,
  findProject,
  getDataset,
  getProject,
  listProjects,
  type Project,
  projectStats,
  updateProject,
} from "@loam/observe";
import type { Store } from "@loam/store";
import type { Hono } from "hono";
import { numberQuery, objectField, readObject, requiredText, textField } from "./http.ts";
import { tenantId, uuidOf } from "./ids.ts";
import { type Json, timeOf } from "./read-run.ts";
import { iso } from "./show-run.ts";

/** Projects, which this API calls sessions; a run of a program over a dataset is one too. */
export function sessionRoutes(app: Hono, store: Store): void {
  app.post("/sessions", async (c) => {
    const body = await readObject(c);
    const name = requiredText(body, "name");
    const extra = { ...objectField(body, "extra") };
    for (const key of ["num_examples", "num_repetitions", "evaluator_keys"])
      if (body[key] !== undefined) extra[key] = body[key];
    const before = await findProject(store, { name });
    if (before) {
      if (c.req.query("upsert") !== "true") throw taken(name);
      return c.json(await showSession(store, before));
    }
    const uuid = body.id ? uuidOf(body.id, "id") : undefined;
    // Runs came before it: it has been kept under its id.
    const unnamed = uuid === undefined ? undefined : await findProject(store, { uuid });
    const datasetId = body.reference_dataset_id ? uuidOf(body.reference_dataset_id, "reference_dataset_id") : null;
    const startUs = timeOf(body.start_time, "start_time");
    const said = { name, description: textField(body, "description") ?? null, extra, datasetId };
    if (unnamed && unnamed.name === unnamed.uuid)
      return c.json(await showSession(store, await updateProject(store, { id: unnamed.id }, said)));
    const made = await createProject(store, {
      ...said,
      ...(uuid === undefined ? {} : { uuid }),
      ...(startUs === undefined ? {} : { createdAt: new Date(startUs / 1000) }),
    });
    return c.json(await showSession(store, made));
  });
  app.get("/sessions", async (c) => {
    const query = c.req.query();
    const withStats = query.include_stats === "true" || query.include_stats === "True";
    const datasetId = query.reference_dataset ?? query.reference_dataset_id;
    const options = {
      name: query.name,
      nameContains: query.name_contains,
      ids: c.req.queries("id")?.map((id) => uuidOf(id, "id")),
      datasetId: datasetId === undefined ? undefined : uuidOf(datasetId, "reference_dataset"),
      withoutDataset: query.reference_free === "true" || query.reference_free === "True",
      limit: numberQuery(c, "limit", 100, 1000),
      offset: numberQuery(c, "offset", 0, 1e9),
    };
    let found = await listProjects(store, options);
    // A client asks for any one session to learn which workspace it is in.
    if (found.length === 0 && Object.keys(query).every((key) => key === "limit" || key === "offset"))
      found = [await ensureProject(store, "default")];
    if (query.reference_dataset_name) {
      const { id } = await getDataset(store, { name: query.reference_dataset_name });
      found = await listProjects(store, { ...options, datasetId: id });
    }
    return c.json(await Promise.all(found.map((project) => showSession(store, project, withStats))));
  });
  app.get("/sessions/:id", async (c) => {
    const stats = c.req.query("include_stats");
    const project = await getProject(store, { uuid: uuidOf(c.req.param("id"), "id") });
    return c.json(await showSession(store, project, stats === "true" || stats === "True"));
  });
  app.patch("/sessions/:id", async (c) => {
    const body = await readObject(c);
    const key = { uuid: uuidOf(c.req.param("id"), "id") };
    const before = await getProject(store, key);
    const endUs = timeOf(body.end_time, "end_time");
    const extra = objectField(body, "extra");
    const name = textField(body, "name");
    const description = textField(body, "description");
    const changed = await updateProject(store, key, {
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      ...(extra === undefined ? {} : { extra: { ...before.extra, ...extra } }),
      ...(endUs === undefined ? {} : { endedAt: new Date(endUs / 1000) }),
      ...(body.reference_dataset_id ? { datasetId: uuidOf(body.reference_dataset_id, "reference_dataset_id") } : {}),
    });
    return c.json(await showSession(store, changed));
  });
  app.delete("/sessions/:id", async (c) => {
    await deleteProject(store, { uuid: uuidOf(c.req.param("id"), "id") });
    return c.json({});
  });
}

function taken(name: string): InputError {
  return new InputError("already_exists", `There is a project called ${JSON.stringify(name)} already.`, {
    details: { name: "name" },
    hint: "choose another name",
  });
}

async function showSession(store: Store, project: Project, withStats = false): Promise<Json> {
  const session: Json = {
    id: project.uuid,
    tenant_id: tenantId,
    name: project.name,
    description: project.description,
    start_time: project.createdAt.toISOString(),
    end_time: project.endedAt?.toISOString() ?? null,
    last_run_start_time: null,
    extra: project.extra,
    reference_dataset_id: project.datasetId,
    default_dataset_id: null,
    trace_tier: "longlived",
  };
  if (!withStats) return session;
  const [stats, feedback] = await Promise.all([
    projectStats(store, project.name),
    feedbackOfProject(store, project.name),
  ]);
  return {
    ...session,
    run_count: stats.roots,
    latency_p50: stats.latencyP50Seconds,
    latency_p99: stats.latencyP99Seconds,
    prompt_tokens: stats.inputTokens,
    completion_tokens: stats.outputTokens,
    total_tokens: stats.inputTokens + stats.outputTokens,
    total_cost: stats.costUsd,
    error_rate: stats.roots === 0 ? 0 : stats.errors / stats.roots,
    last_run_start_time: stats.lastStartUs === null ? null : iso(stats.lastStartUs),
    feedback_stats: feedback,
    session_feedback_stats: {},
    run_facets: [],
  };
}
