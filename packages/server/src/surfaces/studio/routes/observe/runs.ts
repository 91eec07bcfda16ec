import { createRoute, z } from "@hono/zod-openapi";
import {
  archivedTag,
  changeRuns,
  countRuns,
  currentValues,
  curvesOf,
  listFiles,
  purgeRuns,
  runColumnNames,
  runFilter,
  runMedia,
  runOrder,
  runSeries,
  type StoredRun,
  searchRuns,
  updateRun,
} from "@loam/observe";
import { type Store, runs as table } from "@loam/store";
import { eq } from "drizzle-orm";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";
import { one } from "../../../mlflow/runs.ts";
import { body, ErrorSchema, json } from "../../schemas/error.ts";
import {
  CurveSchema,
  type ExperimentRunJson,
  ExperimentRunSchema,
  RunColumnsSchema,
  RunMediaSchema,
  SeriesByKeySchema,
} from "../../schemas/run.ts";

const id = { params: z.object({ id: z.string() }) };
const missing = { 404: json(ErrorSchema, "No such run") };
const gone = json(z.object({ id: z.string() }), "Done");

const list = createRoute({
  method: "get",
  path: "/runs",
  description: "Runs of experiments, whichever client has logged them.",
  request: {
    query: z.object({
      experiment: z.string().max(500).optional(),
      filter: z.string().max(5000).optional().openapi({ example: "metrics.loss < 0.1 and params.opt = 'adam'" }),
      order: z.string().max(500).optional().openapi({ example: "metrics.loss DESC" }),
      deleted: z.enum(["hide", "only", "show"]).default("hide"),
      archived: z.enum(["hide", "only", "show"]).default("hide"),
      limit: z.coerce.number().int().min(1).max(50_000).default(100),
      offset: z.coerce.number().int().min(0).default(0),
      page: z.coerce.number().int().min(1).optional().openapi({ description: "From 1 on, each of `limit` runs" }),
    }),
  },
  responses: {
    200: {
      ...json(z.array(ExperimentRunSchema), "The newest first unless ordered otherwise"),
      headers: z.object({ "X-Total-Count": z.string().openapi({ description: "Of all pages" }) }),
    },
  },
});
const get = createRoute({
  method: "get",
  path: "/runs/{id}",
  request: id,
  responses: { 200: json(ExperimentRunSchema, "The run with its parameters and current values"), ...missing },
});
const series = createRoute({
  method: "get",
  path: "/runs/{id}/series",
  request: {
    ...id,
    query: z.object({
      keys: z.string().optional().openapi({ description: "Separated by commas; all when left out" }),
      points: z.coerce.number().int().min(3).max(10_000).default(600),
    }),
  },
  responses: { 200: json(SeriesByKeySchema, "Curves by key: [step, value, milliseconds since 1970]"), ...missing },
});
const media = createRoute({
  method: "get",
  path: "/runs/{id}/media",
  request: id,
  responses: { 200: json(z.array(RunMediaSchema), "Texts, images, sound, histograms, tables"), ...missing },
});
const files = createRoute({
  method: "get",
  path: "/runs/{id}/files",
  request: id,
  responses: {
    200: json(
      z.array(z.object({ path: z.string(), sizeBytes: z.number(), contentType: z.string().nullable() })),
      "Its files",
    ),
    ...missing,
  },
});
const remove = createRoute({
  method: "delete",
  path: "/runs/{id}",
  request: { ...id, query: z.object({ forever: z.enum(["true", "false"]).default("false") }) },
  responses: { 200: gone, ...missing },
});
const restore = createRoute({
  method: "post",
  path: "/runs/{id}/restore",
  request: id,
  responses: { 200: gone, ...missing },
});

const columns = createRoute({
  method: "get",
  path: "/runs/columns",
  description: "By what the runs of an experiment can be shown, filtered and ordered.",
  request: { query: z.object({ experiment: z.string().max(500).optional() }) },
  responses: { 200: json(RunColumnsSchema, "Names, the most frequent first") },
});
const curves = createRoute({
  method: "get",
  path: "/runs/series",
  description: "Curves of several runs. What is thinned keeps the lowest and the highest of every stretch.",
  request: {
    query: z.object({
      runs: z.string().min(1).max(100_000).openapi({ description: "Ids, separated by commas" }),
      keys: z.string().max(100_000).optional().openapi({ description: "Separated by commas; all when left out" }),
      points: z.coerce.number().int().min(3).max(20_000).default(600),
      from: z.coerce.number().optional().openapi({ description: "The first step" }),
      to: z.coerce.number().optional().openapi({ description: "The last step" }),
    }),
  },
  responses: { 200: json(z.array(CurveSchema), "By key and run") },
});
const bulk = createRoute({
  method: "post",
  path: "/runs/bulk",
  description: "Changes many runs: those of some ids, or all of an experiment that fulfil a filter.",
  request: body(
    z.object({
      ids: z.array(z.string().max(200)).max(50_000).optional(),
      experiment: z.string().max(500).optional(),
      filter: z.string().max(5000).optional(),
      change: z.discriminatedUnion("type", [
        z.object({ type: z.literal("tag"), tags: z.record(z.string().min(1).max(250), z.string().max(8000)) }),
        z.object({ type: z.literal("untag"), keys: z.array(z.string()).min(1).max(100) }),
        z.object({ type: z.enum(["archive", "unarchive", "delete", "restore", "purge"]) }),
      ]),
    }),
  ),
  responses: { 200: json(z.object({ changed: z.int() }), "How many were changed"), 400: json(ErrorSchema, "Refused") },
});

/** `metrics.loss DESC, params.lr`: commas in quoted names stay. */
function splitOrder(order: string): string[] {
  return (order.match(/(?:`[^`]*`|"[^"]*"|[^,])+/g) ?? []).map((part) => part.trim()).filter((part) => part !== "");
}

export function runRoutes({ store }: Services) {
  return router()
    .openapi(list, async (c) => {
      const { experiment, filter, order, deleted, archived, limit, offset, page } = c.req.valid("query");
      const search = {
        experiments: experiment === undefined ? undefined : [experiment],
        where: filter ? runFilter(filter) : undefined,
        ...{ deleted, archived },
      };
      const from = page === undefined ? offset : (page - 1) * limit;
      const found = await searchRuns(store, {
        ...search,
        orderBy: runOrder(order ? splitOrder(order) : []),
        ...{ limit, offset: from },
      });
      const isLastPage = found.length > 0 ? found.length < limit : from === 0;
      c.header("X-Total-Count", String(isLastPage ? from + found.length : await countRuns(store, search)));
      return c.json(await show(store, found), 200);
    })
    .openapi(columns, async (c) => c.json(await runColumnNames(store, c.req.valid("query")), 200))
    .openapi(curves, async (c) => {
      const { runs: ids, keys, ...options } = c.req.valid("query");
      const drawn = await curvesOf(store, ids.split(",").slice(0, 1000), { ...options, keys: keys?.split(",") });
      return c.json(
        drawn.map(({ runId, points, ...curve }) => ({
          run: runId,
          ...curve,
          points: points.map(({ step, value, timeMs }): [number, number | string, number] => [
            step,
            shown(value),
            timeMs,
          ]),
        })),
        200,
      );
    })
    .openapi(bulk, async (c) => {
      const { ids, experiment, filter, change } = c.req.valid("json");
      const where = filter ? runFilter(filter) : undefined;
      return c.json({ changed: await changeRuns(store, { ids, experiment, where }, change) }, 200);
    })
    .openapi(get, async (c) => c.json((await show(store, [await one(store, c.req.valid("param").id)]))[0]!, 200))
    .openapi(series, async (c) => {
      const run = await one(store, c.req.valid("param").id);
      const { keys, points } = c.req.valid("query");
      const curves = await runSeries(store, run.id, { keys: keys?.split(","), points });
      return c.json(
        Object.fromEntries(
          Object.entries(curves).map(([key, curve]) => [
            key,
            curve.map(({ step, value, timeMs }): [number, number | string, number] => [step, shown(value), timeMs]),
          ]),
        ),
        200,
      );
    })
    .openapi(media, async (c) => c.json(await runMedia(store, (await one(store, c.req.valid("param").id)).id), 200))
    .openapi(files, async (c) => {
      const run = await one(store, c.req.valid("param").id);
      const found = await listFiles(store, `run/${run.id}`);
      return c.json(
        found.map(({ path, sizeBytes, contentType }) => ({ path, sizeBytes, contentType })),
        200,
      );
    })
    .openapi(remove, async (c) => {
      const run = await one(store, c.req.valid("param").id);
      if (c.req.valid("query").forever === "true") await purgeRuns(store, eq(table.id, run.id));
      else await updateRun(store, run.id, { deletedAt: new Date() });
      return c.json({ id: run.id }, 200);
    })
    .openapi(restore, async (c) => {
      const run = await one(store, c.req.valid("param").id);
      await updateRun(store, run.id, { deletedAt: null });
      return c.json({ id: run.id }, 200);
    });
}

export function shown(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

export async function show(store: Store, found: readonly StoredRun[]): Promise<ExperimentRunJson[]> {
  const values = await currentValues(
    store,
    found.map(({ id }) => id),
  );
  return found.map((run) => ({
    id: run.id,
    externalId: run.externalId,
    kind: run.kind,
    experiment: run.experiment,
    name: run.name,
    status: run.status,
    params: run.params,
    summary: run.summary,
    tags: run.tags,
    metrics: Object.fromEntries(
      (values.get(run.id) ?? []).map(({ key, value, step, min, max }) => [
        key,
        { value: shown(value), step, min, max },
      ]),
    ),
    createdAt: run.createdAt.toISOString(),
    startedAt: run.startedAt?.toISOString() ?? null,
    finishedAt: run.finishedAt?.toISOString() ?? null,
    deleted: run.deletedAt !== null,
    archived: Object.hasOwn(run.tags, archivedTag),
    error: run.error,
  }));
}
