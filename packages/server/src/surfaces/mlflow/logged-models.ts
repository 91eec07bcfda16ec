import {
  compareNumber,
  compareText,
  createLoggedModel,
  deleteLoggedModel,
  deleteLoggedModelTag,
  getLoggedModel,
  type LoggedModel,
  listLoggedModels,
  listVersions,
  parseMlflowFilter,
  updateLoggedModel,
} from "@loam/observe";
import { loggedModels, registryVersions, type Store } from "@loam/store";
import { and, eq, type SQL, sql } from "drizzle-orm";
import type { Hono } from "hono";
import { byId } from "./experiments.ts";
import {
  given,
  invalidParameter,
  type Json,
  page,
  pairs,
  readRequest,
  required,
  showPairs,
  text,
  texts,
} from "./http.ts";
import { modelUri } from "./model-names.ts";

/** Routes of models that runs log. @throws {InputError} for parameters that do not fit. */
export function loggedModelRoutes(app: Hono, store: Store): void {
  app.post("/logged-models", async (c) => {
    const body = await readRequest(c);
    const project = await byId(store, body);
    const made = await createLoggedModel(store, {
      projectId: project.id,
      name: text(body, "name") || "model",
      runId: text(body, "source_run_id") ?? null,
      modelType: text(body, "model_type") ?? null,
      status: "LOGGED_MODEL_PENDING",
      params: pairs(body, "params"),
      tags: pairs(body, "tags"),
    });
    return c.json({ model: await showLogged(store, made) });
  });
  app.post("/logged-models/search", async (c) => {
    const body = await readRequest(c);
    const { limit, offset, next } = page(body, { otherwise: 50, most: 1000 });
    const found = await listLoggedModels(store, {
      projectIds: texts(body, "experiment_ids").map(Number).filter(Number.isSafeInteger),
      where: loggedFilter(text(body, "filter") ?? ""),
      limit: limit + 1,
      offset,
    });
    return c.json({
      models: await Promise.all(found.slice(0, limit).map((model) => showLogged(store, model))),
      next_page_token: next(found.length),
    });
  });
  app.get("/logged-models/:id", async (c) =>
    c.json({ model: await showLogged(store, await getLoggedModel(store, c.req.param("id"))) }),
  );
  app.patch("/logged-models/:id", async (c) => {
    const status = required(await readRequest(c), "status");
    const names = [
      "LOGGED_MODEL_STATUS_UNSPECIFIED",
      "LOGGED_MODEL_PENDING",
      "LOGGED_MODEL_READY",
      "LOGGED_MODEL_UPLOAD_FAILED",
    ];
    const known = names.includes(status) ? status : names[Number(status)];
    if (!known) throw invalidParameter("status", status, names.join(", "));
    const changed = await updateLoggedModel(store, c.req.param("id"), { status: known });
    return c.json({ model: await showLogged(store, changed) });
  });
  app.delete("/logged-models/:id", async (c) => {
    await deleteLoggedModel(store, c.req.param("id"));
    return c.json({});
  });
  app.patch("/logged-models/:id/tags", async (c) => {
    const changed = await updateLoggedModel(store, c.req.param("id"), { tags: pairs(await readRequest(c), "tags") });
    return c.json({ model: await showLogged(store, changed) });
  });
  app.delete("/logged-models/:id/tags/:key", async (c) => {
    await deleteLoggedModelTag(store, c.req.param("id"), c.req.param("key"));
    return c.json({});
  });
  app.post("/logged-models/:id/params", async (c) => {
    await updateLoggedModel(store, c.req.param("id"), { params: pairs(await readRequest(c), "params") });
    return c.json({});
  });
}

function loggedFilter(filter: string): SQL | undefined {
  return and(
    ...parseMlflowFilter(filter).map((comparison) => {
      const { entity, key } = comparison;
      if (entity === "tags") return compareText(sql`(${loggedModels.tags} ->> ${key}::text)`, comparison);
      if (entity === "params") return compareText(sql`(${loggedModels.params} ->> ${key}::text)`, comparison);
      if (entity === "metrics")
        return sql`exists (select 1 from jsonb_array_elements(${loggedModels.metrics}) m where m ->> 'key' = ${key}
          and m ->> 'value' <> 'NaN' and ${compareNumber(sql`(m ->> 'value')::double precision`, comparison)})`;
      const columns: Record<string, SQL> = {
        name: sql`${loggedModels.name}`,
        model_id: sql`${loggedModels.id}`,
        model_type: sql`${loggedModels.modelType}`,
        status: sql`replace(${loggedModels.status}, 'LOGGED_MODEL_', '')`,
        source_run_id: sql`${loggedModels.runId}`,
      };
      if (columns[key]) return compareText(columns[key], comparison);
      if (key === "creation_timestamp" || key === "creation_time")
        return compareNumber(sql`(extract(epoch from ${loggedModels.createdAt}) * 1000)`, comparison);
      throw invalidParameter("filter", comparison.text, Object.keys(columns).join(", "));
    }),
  );
}

async function showLogged(store: Store, model: LoggedModel): Promise<Json> {
  const registered = await listVersions(store, { where: eq(registryVersions.modelId, model.id) });
  return {
    info: given({
      model_id: model.id,
      experiment_id: String(model.projectId),
      name: model.name,
      creation_timestamp_ms: model.createdAt.getTime(),
      last_updated_timestamp_ms: model.updatedAt.getTime(),
      artifact_uri: modelUri(model),
      status: model.status,
      model_type: model.modelType,
      source_run_id: model.runId,
      tags: showPairs(model.tags),
      registrations: registered.map(({ name, version }) => ({ name, version: String(version) })),
    }),
    data: { params: showPairs(model.params), metrics: model.metrics },
  };
}
