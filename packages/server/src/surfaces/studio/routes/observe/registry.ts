import { createRoute, z } from "@hono/zod-openapi";
import {
  aliasesOf,
  createEntry,
  createVersion,
  deleteAlias,
  deleteEntry,
  deleteVersion,
  getEntry,
  getVersion,
  latestVersions,
  lineageOf,
  listEntries,
  listVersions,
  noteVersion,
  promoteVersion,
  type RegistryEntry,
  type RegistryEvent,
  type RegistryVersion,
  registryEventsOf,
  updateEntry,
  updateVersion,
} from "@loam/observe";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";
import { body, ErrorSchema, json } from "../../schemas/error.ts";
import {
  LineageSchema,
  RegistryEntrySchema,
  RegistryEventSchema,
  type RegistryVersionJson,
  RegistryVersionSchema,
} from "../../schemas/registry.ts";

const kind = z.enum(["model", "prompt", "dataset"]);
const tags = z.record(z.string().min(1).max(250), z.string().max(8000));
const name = { params: z.object({ name: z.string().min(1).max(500) }) };
const version = { params: z.object({ name: z.string(), version: z.coerce.number().int().min(1) }) };
const refused = { 400: json(ErrorSchema, "Refused"), 404: json(ErrorSchema, "No such name or version") };
const done = { 200: json(z.object({ name: z.string() }), "Done"), ...refused };
const whole = RegistryEntrySchema.extend({ versions: z.array(RegistryVersionSchema) });

const list = createRoute({
  method: "get",
  path: "/registry",
  request: { query: z.object({ kind: kind.optional() }) },
  responses: { 200: json(z.array(RegistryEntrySchema), "Models, prompts and datasets, by name") },
});
const create = createRoute({
  method: "post",
  path: "/registry",
  request: body(
    z.object({
      name: z.string().min(1).max(500),
      kind,
      description: z.string().max(100_000).optional(),
      tags: tags.optional(),
    }),
  ),
  responses: { 201: json(whole, "Made"), ...refused },
});
const get = createRoute({
  method: "get",
  path: "/registry/{name}",
  request: name,
  responses: { 200: json(whole, "With its versions"), ...refused },
});
const update = createRoute({
  method: "patch",
  path: "/registry/{name}",
  request: {
    ...name,
    ...body(
      z.object({
        name: z.string().min(1).max(500).optional(),
        description: z.string().max(100_000).nullable().optional().openapi({ description: "The card, in Markdown" }),
        tags: tags.optional(),
      }),
    ),
  },
  responses: { 200: json(whole, "Changed"), ...refused },
});
const remove = createRoute({ method: "delete", path: "/registry/{name}", request: name, responses: done });
const addVersion = createRoute({
  method: "post",
  path: "/registry/{name}/versions",
  request: {
    ...name,
    ...body(
      z.object({
        source: z
          .string()
          .max(4000)
          .optional()
          .openapi({ description: "Where it is: `local:Qwen/…`, the id of an adapter, `models:/m-…`" }),
        runId: z.string().max(200).optional(),
        description: z.string().max(100_000).optional(),
        tags: tags.optional(),
        content: z.unknown().optional().openapi({ description: "Of a prompt: its messages or its text" }),
      }),
    ),
  },
  responses: { 201: json(RegistryVersionSchema, "The next version"), ...refused },
});
const getOne = createRoute({
  method: "get",
  path: "/registry/{name}/versions/{version}",
  request: version,
  responses: { 200: json(RegistryVersionSchema, "The version"), ...refused },
});
const updateOne = createRoute({
  method: "patch",
  path: "/registry/{name}/versions/{version}",
  request: {
    ...version,
    ...body(z.object({ description: z.string().max(100_000).nullable().optional(), tags: tags.optional() })),
  },
  responses: { 200: json(RegistryVersionSchema, "Changed"), ...refused },
});
const removeOne = createRoute({
  method: "delete",
  path: "/registry/{name}/versions/{version}",
  request: version,
  responses: done,
});
const setAliasRoute = createRoute({
  method: "post",
  path: "/registry/{name}/aliases",
  request: { ...name, ...body(z.object({ alias: z.string().min(1).max(200), version: z.int().min(1) })) },
  responses: { 200: json(z.object({ alias: z.string(), version: z.int() }), "The alias points there now"), ...refused },
});
const removeAlias = createRoute({
  method: "delete",
  path: "/registry/{name}/aliases/{alias}",
  request: { params: z.object({ name: z.string(), alias: z.string() }) },
  responses: done,
});
const promote = createRoute({
  method: "post",
  path: "/registry/{name}/promote",
  description: "Points an alias at a version, moves it to a stage, or both; who said so and why is noted.",
  request: {
    ...name,
    ...body(
      z.object({
        version: z.int().min(1),
        alias: z.string().min(1).max(200).optional(),
        stage: z.string().min(1).max(100).optional().openapi({ example: "Production" }),
        archive: z.boolean().default(false).openapi({ description: "Archive the versions that were in the stage" }),
        comment: z.string().max(10_000).optional(),
        author: z.string().max(200).optional(),
      }),
    ),
  },
  responses: { 200: json(whole.extend({ events: z.array(RegistryEventSchema) }), "As it stands now"), ...refused },
});
const note = createRoute({
  method: "post",
  path: "/registry/{name}/versions/{version}/notes",
  description: "Approves, refuses or comments.",
  request: {
    ...version,
    ...body(
      z.object({
        action: z.enum(["approved", "refused", "comment"]),
        comment: z.string().max(10_000).optional(),
        author: z.string().max(200).optional(),
      }),
    ),
  },
  responses: { 201: json(RegistryEventSchema, "Noted"), ...refused },
});
const events = createRoute({
  method: "get",
  path: "/registry/{name}/events",
  request: name,
  responses: { 200: json(z.array(RegistryEventSchema), "What was decided, newest first"), ...refused },
});
const lineage = createRoute({
  method: "get",
  path: "/registry/{name}/lineage",
  request: name,
  responses: { 200: json(LineageSchema, "From data over runs and versions to aliases"), ...refused },
});

/** Models, prompts and datasets by name. */
export function registryRoutes({ store }: Services) {
  const show = async (entries: readonly RegistryEntry[]) => {
    const names = entries.map((entry) => entry.name);
    const [aliases, latest] = await Promise.all([aliasesOf(store, names), latestVersions(store, names)]);
    return entries.map((entry) => ({
      name: entry.name,
      kind: entry.kind,
      description: entry.description,
      tags: entry.tags,
      aliases: aliases.get(entry.name) ?? {},
      latestVersion: latest.get(entry.name)?.version ?? null,
      createdAt: entry.createdAt.toISOString(),
      updatedAt: entry.updatedAt.toISOString(),
    }));
  };
  const showWhole = async (entry: RegistryEntry) => ({
    ...(await show([entry]))[0]!,
    versions: (await listVersions(store, { name: entry.name })).map(showVersion),
  });
  return router()
    .openapi(list, async (c) =>
      c.json(await show(await listEntries(store, { ...c.req.valid("query"), limit: 10_000 })), 200),
    )
    .openapi(create, async (c) => c.json(await showWhole(await createEntry(store, c.req.valid("json"))), 201))
    .openapi(get, async (c) => c.json(await showWhole(await getEntry(store, c.req.valid("param").name)), 200))
    .openapi(update, async (c) =>
      c.json(await showWhole(await updateEntry(store, c.req.valid("param").name, c.req.valid("json"))), 200),
    )
    .openapi(remove, async (c) => {
      const { name: gone } = c.req.valid("param");
      await deleteEntry(store, gone);
      return c.json({ name: gone }, 200);
    })
    .openapi(addVersion, async (c) =>
      c.json(showVersion(await createVersion(store, c.req.valid("param").name, c.req.valid("json"))), 201),
    )
    .openapi(getOne, async (c) => {
      const { name: of, version: number } = c.req.valid("param");
      return c.json(showVersion(await getVersion(store, of, number)), 200);
    })
    .openapi(updateOne, async (c) => {
      const { name: of, version: number } = c.req.valid("param");
      return c.json(showVersion(await updateVersion(store, of, number, c.req.valid("json"))), 200);
    })
    .openapi(removeOne, async (c) => {
      const { name: of, version: number } = c.req.valid("param");
      await deleteVersion(store, of, number);
      return c.json({ name: of }, 200);
    })
    .openapi(setAliasRoute, async (c) => {
      const { alias, version: number } = c.req.valid("json");
      await promoteVersion(store, c.req.valid("param").name, { alias, version: number });
      return c.json({ alias, version: number }, 200);
    })
    .openapi(removeAlias, async (c) => {
      const { name: of, alias } = c.req.valid("param");
      await getEntry(store, of);
      await deleteAlias(store, of, alias);
      return c.json({ name: of }, 200);
    })
    .openapi(promote, async (c) => {
      const { name: of } = c.req.valid("param");
      const noted = await promoteVersion(store, of, c.req.valid("json"));
      return c.json({ ...(await showWhole(await getEntry(store, of))), events: noted.map(showEvent) }, 200);
    })
    .openapi(note, async (c) => {
      const { name: of, version: number } = c.req.valid("param");
      return c.json(showEvent(await noteVersion(store, of, { version: number, ...c.req.valid("json") })), 201);
    })
    .openapi(events, async (c) => {
      const entry = await getEntry(store, c.req.valid("param").name);
      return c.json((await registryEventsOf(store, entry.name)).map(showEvent), 200);
    })
    .openapi(lineage, async (c) => c.json(await lineageOf(store, c.req.valid("param").name), 200));
}

function showVersion({ createdAt, updatedAt, ...rest }: RegistryVersion): RegistryVersionJson {
  const { version: number, stage, description, tags: hung, source, runId, commit, content } = rest;
  return {
    ...{ version: number, stage, description, tags: hung, source, runId, commit },
    ...(content === null ? {} : { content }),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

function showEvent({ createdAt, name: _, ...event }: RegistryEvent) {
  return { ...event, createdAt: createdAt.toISOString() };
}
