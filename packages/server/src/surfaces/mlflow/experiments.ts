import { NotFoundError } from "@loam/core";
import {
  compareNumber,
  compareText,
  createProject,
  findProject,
  getProject,
  listProjects,
  type Project,
  parseMlflowFilter,
  parseMlflowOrder,
  updateProject,
} from "@loam/observe";
import { projects, type Store } from "@loam/store";
import { and, asc, desc, type SQL, sql } from "drizzle-orm";
import type { Context, Hono } from "hono";
import { integer, invalidParameter, type Json, page, pairs, readRequest, required, showPairs, text } from "./http.ts";

/** Experiments: the projects that runs and traces are kept in. */
export function experimentRoutes(app: Hono, store: Store): void {
  app.post("/experiments/create", async (c) => {
    const body = await readRequest(c);
    const name = required(body, "name");
    const location = text(body, "artifact_location");
    if (location) checkLocation("artifact_location", location);
    const made = await createProject(store, {
      name,
      tags: pairs(body, "tags"),
      extra: location ? { artifact_location: location } : {},
    });
    return c.json({ experiment_id: String(made.id) });
  });
  app.get("/experiments/get", async (c) => c.json({ experiment: showExperiment(await experimentOf(store, c)) }));
  app.get("/experiments/get-by-name", async (c) => {
    const name = required(await readRequest(c), "experiment_name");
    const found = await findProject(store, { name });
    if (!found) throw new NotFoundError("experiment", name);
    return c.json({ experiment: showExperiment(found) });
  });
  const search = async (c: Context) => {
    const body = await readRequest(c);
    const { limit, offset, next } = page(body, { otherwise: 1000, most: 50_000 });
    const viewType = text(body, "view_type") ?? "ACTIVE_ONLY";
    const found = await listProjects(store, {
      deleted: viewOf(viewType),
      where: experimentFilter(text(body, "filter") ?? ""),
      orderBy: experimentOrder(
        Array.isArray(body.order_by)
          ? body.order_by.map(String)
          : text(body, "order_by")
            ? [text(body, "order_by")!]
            : [],
      ),
      limit: limit + 1,
      offset,
    });
    return c.json({ experiments: found.slice(0, limit).map(showExperiment), next_page_token: next(found.length) });
  };
  app.post("/experiments/search", search);
  app.get("/experiments/search", search);
  app.post("/experiments/update", async (c) => {
    const body = await readRequest(c);
    await updateProject(store, { id: (await byId(store, body)).id }, { name: required(body, "new_name") });
    return c.json({});
  });
  app.post("/experiments/delete", async (c) => {
    await updateProject(store, { id: (await byId(store, await readRequest(c))).id }, { deletedAt: new Date() });
    return c.json({});
  });
  app.post("/experiments/restore", async (c) => {
    await updateProject(store, { id: (await byId(store, await readRequest(c))).id }, { deletedAt: null });
    return c.json({});
  });
  app.post("/experiments/set-experiment-tag", async (c) => {
    const body = await readRequest(c);
    const { id, tags } = await byId(store, body);
    await updateProject(store, { id }, { tags: { ...tags, [required(body, "key")]: text(body, "value") ?? "" } });
    return c.json({});
  });
  app.post("/experiments/delete-experiment-tag", async (c) => {
    const body = await readRequest(c);
    const { id, tags } = await byId(store, body);
    const { [required(body, "key")]: _, ...rest } = tags;
    await updateProject(store, { id }, { tags: rest });
    return c.json({});
  });
}

async function experimentOf(store: Store, c: Context): Promise<Project> {
  return await byId(store, await readRequest(c));
}

/** @throws {NotFoundError} */
export async function byId(store: Store, body: Json): Promise<Project> {
  required(body, "experiment_id");
  const id = /^-?\d{1,10}$/.test(String(body.experiment_id)) ? integer(body, "experiment_id")! : -1;
  return await getProject(store, { id });
}

/** The experiments of some ids; unknown ones are left out. */
export async function namesOf(store: Store, ids: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    ids.map((id) => (/^\d{1,10}$/.test(id) ? findProject(store, { id: Number(id) }) : undefined)),
  );
  return found.flatMap((project) => (project ? [project.name] : []));
}

export function viewOf(viewType: string): "hide" | "only" | "show" {
  if (viewType === "ALL" || viewType === "3") return "show";
  return viewType === "DELETED_ONLY" || viewType === "2" ? "only" : "hide";
}

/** Where a client may say that files lie. Our own files, and no path that leads to them some other way. @throws {InputError} */
export function checkLocation(name: string, location: string): void {
  let plain = location;
  try {
    plain = decodeURIComponent(location);
  } catch {
    throw invalidParameter(name, location, "a location without broken escapes");
  }
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(plain)?.[1]?.toLowerCase();
  const isLocal = scheme === undefined || scheme === "file" || scheme.length === 1;
  if (isLocal || /[#\\]|\.\./.test(plain) || (plain.includes("?") && scheme !== "s3"))
    throw invalidParameter(
      name,
      location,
      "a location such as mlflow-artifacts:/… or s3://…, without `..`, `#` and `?`, and no local path",
    );
}

function showExperiment(project: Project): Json {
  return {
    experiment_id: String(project.id),
    name: project.name,
    artifact_location: String(project.extra.artifact_location ?? `mlflow-artifacts:/${project.id}`),
    lifecycle_stage: project.deletedAt ? "deleted" : "active",
    creation_time: project.createdAt.getTime(),
    last_update_time: project.updatedAt.getTime(),
    tags: showPairs(project.tags),
  };
}

function experimentFilter(filter: string): SQL | undefined {
  return and(
    ...parseMlflowFilter(filter).map((comparison) => {
      const { entity, key, text: clause } = comparison;
      if (entity === "tags" || entity === "tag")
        return compareText(sql`(${projects.tags} ->> ${key}::text)`, comparison);
      switch (key) {
        case "name":
          return compareText(sql`${projects.name}`, comparison);
        case "creation_time":
          return compareNumber(sql`(extract(epoch from ${projects.createdAt}) * 1000)`, comparison);
        case "last_update_time":
          return compareNumber(sql`(extract(epoch from ${projects.updatedAt}) * 1000)`, comparison);
        default:
          throw invalidParameter("filter", clause, "name, creation_time, last_update_time or tags.…");
      }
    }),
  );
}

function experimentOrder(orderBy: readonly string[]): SQL[] {
  const columns: Record<string, SQL> = {
    name: sql`${projects.name}`,
    experiment_id: sql`${projects.id}`,
    creation_time: sql`${projects.createdAt}`,
    last_update_time: sql`${projects.updatedAt}`,
  };
  const orders = parseMlflowOrder(orderBy).map(({ key, descending }) => {
    const column = columns[key];
    if (!column) throw invalidParameter("order_by", key, Object.keys(columns).join(", "));
    return descending ? desc(column) : asc(column);
  });
  return [...orders, desc(projects.createdAt), desc(projects.id)];
}
