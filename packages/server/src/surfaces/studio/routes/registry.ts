import { createRoute, z } from "@hono/zod-openapi";
import { aliasesOf, getEntry, latestVersions, listEntries, listVersions, setAlias } from "@loam/observe";
import { router } from "../../../router.ts";
import type { Services } from "../../../services.ts";
import { body, ErrorSchema, json } from "../schemas/error.ts";

const EntrySchema = z
  .object({
    name: z.string(),
    kind: z.enum(["model", "prompt", "dataset"]),
    description: z.string().nullable(),
    tags: z.record(z.string(), z.string()),
    aliases: z.record(z.string(), z.int()),
    latestVersion: z.int().nullable(),
    updatedAt: z.iso.datetime(),
  })
  .openapi("RegistryEntry");
const VersionSchema = z
  .object({
    version: z.int(),
    stage: z.string(),
    description: z.string().nullable(),
    tags: z.record(z.string(), z.string()),
    source: z.string().nullable(),
    runId: z.string().nullable(),
    createdAt: z.iso.datetime(),
  })
  .openapi("RegistryVersion");
const name = { params: z.object({ name: z.string() }) };
const missing = { 404: json(ErrorSchema, "No such name") };

const list = createRoute({
  method: "get",
  path: "/registry",
  request: { query: z.object({ kind: z.enum(["model", "prompt", "dataset"]).optional() }) },
  responses: { 200: json(z.array(EntrySchema), "Models, prompts and datasets, by name") },
});
const get = createRoute({
  method: "get",
  path: "/registry/{name}",
  request: name,
  responses: { 200: json(EntrySchema.extend({ versions: z.array(VersionSchema) }), "With its versions"), ...missing },
});
const promote = createRoute({
  method: "post",
  path: "/registry/{name}/aliases",
  request: { ...name, ...body(z.object({ alias: z.string().min(1).max(200), version: z.int().min(1) })) },
  responses: { 200: json(z.object({ alias: z.string(), version: z.int() }), "The alias points there now"), ...missing },
});

/** Models, prompts and datasets by name. */
export function registryRoutes({ store }: Services) {
  const show = async (entries: Awaited<ReturnType<typeof listEntries>>) => {
    const names = entries.map((entry) => entry.name);
    const [aliases, latest] = await Promise.all([aliasesOf(store, names), latestVersions(store, names)]);
    return entries.map((entry) => ({
      name: entry.name,
      kind: entry.kind,
      description: entry.description,
      tags: entry.tags,
      aliases: aliases.get(entry.name) ?? {},
      latestVersion: latest.get(entry.name)?.version ?? null,
      updatedAt: entry.updatedAt.toISOString(),
    }));
  };
  return router()
    .openapi(list, async (c) =>
      c.json(await show(await listEntries(store, { ...c.req.valid("query"), limit: 10_000 })), 200),
    )
    .openapi(get, async (c) => {
      const entry = await getEntry(store, c.req.valid("param").name);
      const versions = (await listVersions(store, { name: entry.name })).map((version) => ({
        version: version.version,
        stage: version.stage,
        description: version.description,
        tags: version.tags,
        source: version.source,
        runId: version.runId,
        createdAt: version.createdAt.toISOString(),
      }));
      return c.json({ ...(await show([entry]))[0]!, versions }, 200);
    })
    .openapi(promote, async (c) => {
      const { alias, version } = c.req.valid("json");
      await setAlias(store, c.req.valid("param").name, alias, version);
      return c.json({ alias, version }, 200);
    });
}
