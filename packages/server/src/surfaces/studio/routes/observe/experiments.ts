import { createRoute, z } from "@hono/zod-openapi";
import { ArgumentError, NotFoundError } from "@loam/core";
import {
  createProject,
  deleteProject,
  LegalHoldError,
  type ProjectOverview,
  projectOverviews,
  updateProject,
} from "@loam/observe";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";
import { body, ErrorSchema, json } from "../../schemas/error.ts";

const RetentionSchema = z
  .object({
    days: z.number().positive().max(36_500).optional().openapi({ description: "How long a trace is kept" }),
    maxBytes: z.number().positive().optional().openapi({ description: "How much; the oldest go first" }),
    keepFeedback: z.boolean().default(true).openapi({ description: "Keep traces that were judged" }),
    keepInDatasets: z.boolean().default(true).openapi({ description: "Keep traces that examples were made from" }),
    binDays: z.number().min(0).max(3650).default(7).openapi({ description: "How long they lie in the bin first" }),
  })
  .openapi("Retention");
const ExperimentSchema = z
  .object({
    id: z.int(),
    name: z.string(),
    description: z.string().nullable(),
    tags: z.record(z.string(), z.string()),
    runs: z.int(),
    traces: z.int(),
    createdAt: z.iso.datetime(),
    lastAt: z.iso.datetime().nullable().openapi({ description: "When the newest run or trace began" }),
    deleted: z.boolean(),
    retention: RetentionSchema.nullable(),
    legalHold: z.boolean(),
  })
  .openapi("Experiment");
type ExperimentJson = z.infer<typeof ExperimentSchema>;

const id = { params: z.object({ id: z.coerce.number().int().min(0).max(2_147_483_647) }) };
const refused = { 400: json(ErrorSchema, "Refused"), 404: json(ErrorSchema, "No such experiment") };
const one = { 200: json(ExperimentSchema, "As it stands now"), ...refused };

const list = createRoute({
  method: "get",
  path: "/experiments",
  description: "What runs and traces are kept in: experiments, projects, services.",
  request: {
    query: z.object({
      query: z.string().max(500).optional(),
      deleted: z.enum(["hide", "only", "show"]).default("hide"),
      limit: z.coerce.number().int().min(1).max(10_000).default(1000),
      offset: z.coerce.number().int().min(0).default(0),
    }),
  },
  responses: { 200: json(z.array(ExperimentSchema), "The one last used first") },
});
const create = createRoute({
  method: "post",
  path: "/experiments",
  request: body(
    z.object({
      name: z.string().min(1).max(500),
      description: z.string().max(10_000).optional(),
      tags: z.record(z.string(), z.string()).optional(),
    }),
  ),
  responses: { 201: json(ExperimentSchema, "Made"), ...refused },
});
const get = createRoute({ method: "get", path: "/experiments/{id}", request: id, responses: one });
const update = createRoute({
  method: "patch",
  path: "/experiments/{id}",
  request: {
    ...id,
    ...body(
      z.object({
        name: z.string().min(1).max(500).optional(),
        description: z.string().max(10_000).nullable().optional(),
        tags: z.record(z.string(), z.string()).optional(),
        retention: RetentionSchema.nullable().optional(),
        legalHold: z.boolean().optional(),
      }),
    ),
  },
  responses: one,
});
const remove = createRoute({
  method: "delete",
  path: "/experiments/{id}",
  request: { ...id, query: z.object({ forever: z.enum(["true", "false"]).default("false") }) },
  responses: {
    200: json(z.object({ id: z.int() }), "In the bin, or gone with its runs and traces"),
    409: json(ErrorSchema, "Under a legal hold"),
    ...refused,
  },
});
const restore = createRoute({ method: "post", path: "/experiments/{id}/restore", request: id, responses: one });

/** What runs and traces are kept in. */
export function experimentRoutes({ store }: Services) {
  const find = async (wanted: number): Promise<ExperimentJson> => {
    const [found] = await projectOverviews(store, { id: wanted, deleted: "show" });
    if (!found) throw new NotFoundError("experiment", String(wanted));
    return show(found);
  };
  return router()
    .openapi(list, async (c) => c.json((await projectOverviews(store, c.req.valid("query"))).map(show), 200))
    .openapi(create, async (c) => c.json(await find((await createProject(store, c.req.valid("json"))).id), 201))
    .openapi(get, async (c) => c.json(await find(c.req.valid("param").id), 200))
    .openapi(update, async (c) => {
      const { id: project } = c.req.valid("param");
      await updateProject(store, { id: project }, c.req.valid("json"));
      return c.json(await find(project), 200);
    })
    .openapi(remove, async (c) => {
      const { id: project } = c.req.valid("param");
      if (project === 0) throw new ArgumentError("id", project, "another one than the default experiment");
      const { legalHold, name } = await find(project);
      if (legalHold) throw new LegalHoldError("experiment", name);
      if (c.req.valid("query").forever === "true") await deleteProject(store, { id: project });
      else await updateProject(store, { id: project }, { deletedAt: new Date() });
      return c.json({ id: project }, 200);
    })
    .openapi(restore, async (c) => {
      const { id: project } = c.req.valid("param");
      await updateProject(store, { id: project }, { deletedAt: null });
      return c.json(await find(project), 200);
    });
}

function show({ createdAt, lastAt, deletedAt, retention, ...project }: ProjectOverview): ExperimentJson {
  return {
    ...project,
    createdAt: createdAt.toISOString(),
    lastAt: lastAt?.toISOString() ?? null,
    deleted: deletedAt !== null,
    retention: retention as ExperimentJson["retention"],
  };
}
