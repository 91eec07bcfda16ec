import { NotFoundError } from "@loam/core";
import {
  aliasesOf,
  compareNumber,
  compareText,
  createEntry,
  createLoggedModel,
  createVersion,
  deleteAlias,
  deleteEntry,
  deleteEntryTag,
  deleteLoggedModel,
  deleteLoggedModelTag,
  deleteVersion,
  deleteVersionTag,
  getEntry,
  getLoggedModel,
  getVersion,
  type LoggedModel,
  latestVersions,
  listEntries,
  listLoggedModels,
  listVersions,
  parseMlflowFilter,
  parseMlflowOrder,
  type RegistryEntry,
  type RegistryVersion,
  setAlias,
  updateEntry,
  updateLoggedModel,
  updateVersion,
} from "@loam/observe";
import { loggedModels, registryEntries, registryVersions, type Store } from "@loam/store";
import { and, asc, desc, eq, type SQL, sql } from "drizzle-orm";
import type { Context, Hono } from "hono";
import { byId, checkLocation } from "./experiments.ts";
import {
  given,
  integer,
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

/** Models: as runs log them, and with names, versions and aliases in the registry. */
export function modelRoutes(app: Hono, store: Store): void {
  loggedModelRoutes(app, store);
  registeredModelRoutes(app, store);
  versionRoutes(app, store);
}

function loggedModelRoutes(app: Hono, store: Store): void {
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

function modelUri({ projectId, id }: LoggedModel): string {
  return `mlflow-artifacts:/${projectId}/models/${id}/artifacts`;
}

function registeredModelRoutes(app: Hono, store: Store): void {
  app.post("/registered-models/create", async (c) => {
    const body = await readRequest(c);
    const tags = pairs(body, "tags");
    const made = await createEntry(store, {
      name: required(body, "name"),
      kind: tags["mlflow.prompt.is_prompt"] === "true" ? "prompt" : "model",
      description: text(body, "description") ?? null,
      tags,
    });
    return c.json({ registered_model: (await showEntries(store, [made]))[0] });
  });
  app.get("/registered-models/get", async (c) => {
    const entry = await getEntry(store, required(await readRequest(c), "name"));
    return c.json({ registered_model: (await showEntries(store, [entry]))[0] });
  });
  app.patch("/registered-models/update", async (c) => {
    const body = await readRequest(c);
    const changed = await updateEntry(store, required(body, "name"), {
      description: text(body, "description") ?? null,
    });
    return c.json({ registered_model: (await showEntries(store, [changed]))[0] });
  });
  app.post("/registered-models/rename", async (c) => {
    const body = await readRequest(c);
    const changed = await updateEntry(store, required(body, "name"), { name: required(body, "new_name") });
    return c.json({ registered_model: (await showEntries(store, [changed]))[0] });
  });
  app.delete("/registered-models/delete", async (c) => {
    await deleteEntry(store, required(await readRequest(c), "name"));
    return c.json({});
  });
  const search = async (c: Context) => {
    const body = await readRequest(c);
    const { limit, offset, next } = page(body, { otherwise: 100, most: 10_000 });
    const found = await listEntries(store, {
      where: entryFilter(text(body, "filter") ?? ""),
      orderBy: orderOf(texts(body, "order_by"), {
        name: registryEntries.name,
        timestamp: registryEntries.updatedAt,
        last_updated_timestamp: registryEntries.updatedAt,
      }),
      limit: limit + 1,
      offset,
    });
    return c.json({
      registered_models: await showEntries(store, found.slice(0, limit)),
      next_page_token: next(found.length),
    });
  };
  app.get("/registered-models/search", search);
  app.post("/registered-models/search", search);
  const newest = async (c: Context) => {
    const body = await readRequest(c);
    const name = required(body, "name");
    await getEntry(store, name);
    const stages = texts(body, "stages");
    const byStage = Map.groupBy(await listVersions(store, { name }), ({ stage }) => stage);
    const versions = [...byStage]
      .filter(([stage]) => stages.length === 0 || stages.some((wanted) => wanted.toLowerCase() === stage.toLowerCase()))
      .map(([, group]) => group.reduce((a, b) => (a.version > b.version ? a : b)));
    return c.json({ model_versions: await showVersions(store, versions) });
  };
  app.get("/registered-models/get-latest-versions", newest);
  app.post("/registered-models/get-latest-versions", newest);
  app.post("/registered-models/set-tag", async (c) => {
    const body = await readRequest(c);
    await updateEntry(store, required(body, "name"), { tags: { [required(body, "key")]: text(body, "value") ?? "" } });
    return c.json({});
  });
  app.delete("/registered-models/delete-tag", async (c) => {
    const body = await readRequest(c);
    await getEntry(store, required(body, "name"));
    await deleteEntryTag(store, required(body, "name"), required(body, "key"));
    return c.json({});
  });
  app.post("/registered-models/alias", async (c) => {
    const body = await readRequest(c);
    await setAlias(store, required(body, "name"), required(body, "alias"), versionOf(body));
    return c.json({});
  });
  app.delete("/registered-models/alias", async (c) => {
    const body = await readRequest(c);
    await getEntry(store, required(body, "name"));
    await deleteAlias(store, required(body, "name"), required(body, "alias"));
    return c.json({});
  });
  app.get("/registered-models/alias", async (c) => {
    const body = await readRequest(c);
    const name = required(body, "name");
    await getEntry(store, name);
    const alias = required(body, "alias");
    const version = (await aliasesOf(store, [name])).get(name)?.[alias];
    // The client tells an unknown alias from other errors by these words.
    if (version === undefined)
      throw invalidParameter("alias", alias, `an alias of ${name}; Registered model alias ${alias} not found`);
    return c.json({ model_version: (await showVersions(store, [await getVersion(store, name, version)]))[0] });
  });
}

function entryFilter(filter: string): SQL | undefined {
  return and(
    ...parseMlflowFilter(filter).map((comparison) => {
      const { entity, key } = comparison;
      if (entity === "tags" || entity === "tag") {
        // Those without the tag are not what it must not be.
        const value = sql`(${registryEntries.tags} ->> ${key}::text)`;
        return compareText(comparison.operator === "!=" ? sql`coalesce(${value}, '')` : value, comparison);
      }
      if (key === "name") return compareText(sql`${registryEntries.name}`, comparison);
      throw invalidParameter("filter", comparison.text, "name or tags.…");
    }),
  );
}

function orderOf(orderBy: readonly string[], columns: Record<string, unknown>): SQL[] {
  const orders = parseMlflowOrder(orderBy).map(({ key, descending }) => {
    const column = Object.hasOwn(columns, key) ? columns[key] : undefined;
    if (!column) throw invalidParameter("order_by", key, Object.keys(columns).join(", "));
    return descending ? desc(column as SQL) : asc(column as SQL);
  });
  return [...orders, asc(columns.name as SQL)];
}

function versionRoutes(app: Hono, store: Store): void {
  app.post("/model-versions/create", async (c) => {
    const body = await readRequest(c);
    const source = text(body, "source");
    // `dummy-source` is what the client gives for prompts, whose text is a tag.
    if (source && source !== "dummy-source") checkLocation("source", source);
    const tags = pairs(body, "tags");
    const modelId = text(body, "model_id") || /^models:\/(m-[0-9a-f]+)/.exec(source ?? "")?.[1];
    const made = await createVersion(store, required(body, "name"), {
      source: source ?? null,
      runId: text(body, "run_id") || null,
      modelId: modelId ?? null,
      description: text(body, "description") ?? null,
      tags,
    });
    return c.json({ model_version: (await showVersions(store, [made]))[0] });
  });
  app.get("/model-versions/get", async (c) => {
    const body = await readRequest(c);
    const found = await getVersion(store, required(body, "name"), versionOf(body));
    return c.json({ model_version: (await showVersions(store, [found]))[0] });
  });
  app.patch("/model-versions/update", async (c) => {
    const body = await readRequest(c);
    const changed = await updateVersion(store, required(body, "name"), versionOf(body), {
      description: text(body, "description") ?? null,
    });
    return c.json({ model_version: (await showVersions(store, [changed]))[0] });
  });
  app.delete("/model-versions/delete", async (c) => {
    const body = await readRequest(c);
    await deleteVersion(store, required(body, "name"), versionOf(body));
    return c.json({});
  });
  app.post("/model-versions/transition-stage", async (c) => {
    const body = await readRequest(c);
    const name = required(body, "name");
    const wanted = required(body, "stage").toLowerCase();
    const stage = ["None", "Staging", "Production", "Archived"].find((each) => each.toLowerCase() === wanted);
    if (!stage) throw invalidParameter("stage", body.stage, "None, Staging, Production or Archived");
    if (body.archive_existing_versions === true)
      for (const other of await listVersions(store, { name }))
        if (other.stage === stage) await updateVersion(store, name, other.version, { stage: "Archived" });
    const changed = await updateVersion(store, name, versionOf(body), { stage });
    return c.json({ model_version: (await showVersions(store, [changed]))[0] });
  });
  app.post("/model-versions/set-tag", async (c) => {
    const body = await readRequest(c);
    await updateVersion(store, required(body, "name"), versionOf(body), {
      tags: { [required(body, "key")]: text(body, "value") ?? "" },
    });
    return c.json({});
  });
  app.delete("/model-versions/delete-tag", async (c) => {
    const body = await readRequest(c);
    await getVersion(store, required(body, "name"), versionOf(body));
    await deleteVersionTag(store, required(body, "name"), versionOf(body), required(body, "key"));
    return c.json({});
  });
  app.get("/model-versions/get-download-uri", async (c) => {
    const body = await readRequest(c);
    const found = await getVersion(store, required(body, "name"), versionOf(body));
    if (found.modelId) return c.json({ artifact_uri: modelUri(await getLoggedModel(store, found.modelId)) });
    return c.json({ artifact_uri: found.source ?? "" });
  });
  const search = async (c: Context) => {
    const body = await readRequest(c);
    const { limit, offset, next } = page(body, { otherwise: 10_000, most: 200_000 });
    const found = await listVersions(store, {
      where: versionFilter(text(body, "filter") ?? ""),
      orderBy:
        texts(body, "order_by").length > 0
          ? orderOf(texts(body, "order_by"), {
              name: registryVersions.name,
              version_number: registryVersions.version,
              creation_timestamp: registryVersions.createdAt,
              last_updated_timestamp: registryVersions.updatedAt,
            })
          : undefined,
      limit: limit + 1,
      offset,
    });
    return c.json({
      model_versions: await showVersions(store, found.slice(0, limit)),
      next_page_token: next(found.length),
    });
  };
  app.get("/model-versions/search", search);
  app.post("/model-versions/search", search);
}

function versionFilter(filter: string): SQL | undefined {
  return and(
    ...parseMlflowFilter(filter).map((comparison) => {
      const { entity, key } = comparison;
      if (entity === "tags" || entity === "tag") {
        const value = sql`(${registryVersions.tags} ->> ${key}::text)`;
        return compareText(comparison.operator === "!=" ? sql`coalesce(${value}, '')` : value, comparison);
      }
      const columns: Record<string, SQL> = {
        name: sql`${registryVersions.name}`,
        run_id: sql`${registryVersions.runId}`,
        source_path: sql`${registryVersions.source}`,
        source: sql`${registryVersions.source}`,
      };
      if (Object.hasOwn(columns, key)) return compareText(columns[key]!, comparison);
      if (key === "version_number" || key === "version")
        return compareNumber(sql`${registryVersions.version}`, comparison);
      throw invalidParameter("filter", comparison.text, `${Object.keys(columns).join(", ")}, version_number or tags.…`);
    }),
  );
}

/** A version's number. @throws {NotFoundError} when it is none. */
function versionOf(body: Json): number {
  required(body, "version");
  if (!/^\d{1,9}$/.test(String(body.version)))
    throw new NotFoundError("version", `${text(body, "name")}/${body.version}`);
  return integer(body, "version")!;
}

async function showEntries(store: Store, entries: readonly RegistryEntry[]): Promise<Json[]> {
  const names = entries.map(({ name }) => name);
  const [aliases, latest] = await Promise.all([aliasesOf(store, names), latestVersions(store, names)]);
  const versions = new Map(
    (await showVersions(store, [...latest.values()])).map((version) => [version.name as string, version]),
  );
  return entries.map((entry) =>
    given({
      name: entry.name,
      creation_timestamp: entry.createdAt.getTime(),
      last_updated_timestamp: entry.updatedAt.getTime(),
      description: entry.description ?? "",
      tags: showPairs(entry.tags),
      aliases: Object.entries(aliases.get(entry.name) ?? {}).map(([alias, version]) => ({
        alias,
        version: String(version),
      })),
      latest_versions: versions.has(entry.name) ? [versions.get(entry.name)] : [],
    }),
  );
}

async function showVersions(store: Store, versions: readonly RegistryVersion[]): Promise<Json[]> {
  const aliases = await aliasesOf(store, [...new Set(versions.map(({ name }) => name))]);
  return versions.map((version) =>
    given({
      name: version.name,
      version: String(version.version),
      creation_timestamp: version.createdAt.getTime(),
      last_updated_timestamp: version.updatedAt.getTime(),
      current_stage: version.stage,
      description: version.description ?? "",
      source: version.source ?? "",
      run_id: version.runId ?? "",
      model_id: version.modelId,
      status: "READY",
      tags: showPairs(version.tags),
      aliases: Object.entries(aliases.get(version.name) ?? {}).flatMap(([alias, number]) =>
        number === version.version ? [alias] : [],
      ),
    }),
  );
}
