import { NotFoundError } from "@loam/core";
import {
  aliasesOf,
  compareNumber,
  compareText,
  createVersion,
  deleteVersion,
  deleteVersionTag,
  getLoggedModel,
  getVersion,
  listVersions,
  parseMlflowFilter,
  type RegistryVersion,
  updateVersion,
} from "@loam/observe";
import { registryVersions, type Store } from "@loam/store";
import { and, type SQL, sql } from "drizzle-orm";
import type { Context, Hono } from "hono";
import { checkLocation } from "./experiments.ts";
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
import { modelUri, orderOf } from "./model-names.ts";

/** Routes of the versions of registered models. @throws {InputError} for parameters that do not fit. */
export function versionRoutes(app: Hono, store: Store): void {
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
export function versionOf(body: Json): number {
  required(body, "version");
  if (!/^\d{1,9}$/.test(String(body.version)))
    throw new NotFoundError("version", `${text(body, "name")}/${body.version}`);
  return integer(body, "version")!;
}

export async function showVersions(store: Store, versions: readonly RegistryVersion[]): Promise<Json[]> {
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
