import {
  aliasesOf,
  compareText,
  createEntry,
  deleteAlias,
  deleteEntry,
  deleteEntryTag,
  getEntry,
  getVersion,
  latestVersions,
  listEntries,
  listVersions,
  parseMlflowFilter,
  type RegistryEntry,
  setAlias,
  updateEntry,
} from "@loam/observe";
import { registryEntries, type Store } from "@loam/store";
import { and, type SQL, sql } from "drizzle-orm";
import type { Context, Hono } from "hono";
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
import { loggedModelRoutes } from "./logged-models.ts";
import { orderOf } from "./model-names.ts";
import { showVersions, versionOf, versionRoutes } from "./model-versions.ts";

/** Models: as runs log them, and with names, versions and aliases in the registry. */
export function modelRoutes(app: Hono, store: Store): void {
  loggedModelRoutes(app, store);
  registeredModelRoutes(app, store);
  versionRoutes(app, store);
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
