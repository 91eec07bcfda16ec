import { createRoute, z } from "@hono/zod-openapi";
import { ArgumentError } from "@loam/core";
import {
  currentValues,
  exportTensorboard,
  importTensorboard,
  listFiles,
  pointsOf,
  purgeRuns,
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
import { router } from "../../../router.ts";
import type { Services } from "../../../services.ts";
import { one } from "../../mlflow/runs.ts";
import { readMultipart } from "../../read-multipart.ts";
import { ErrorSchema, json } from "../schemas/error.ts";
import { type ExperimentRunJson, ExperimentRunSchema, RunMediaSchema, SeriesByKeySchema } from "../schemas/run.ts";

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
      limit: z.coerce.number().int().min(1).max(50_000).default(100),
      offset: z.coerce.number().int().min(0).default(0),
    }),
  },
  responses: { 200: json(z.array(ExperimentRunSchema), "The newest first unless ordered otherwise") },
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

export function runRoutes({ store }: Services) {
  return router()
    .openapi(list, async (c) => {
      const { experiment, filter, order, deleted, limit, offset } = c.req.valid("query");
      const found = await searchRuns(store, {
        experiments: experiment === undefined ? undefined : [experiment],
        where: filter ? runFilter(filter) : undefined,
        orderBy: runOrder(order ? [order] : []),
        ...{ deleted, limit, offset },
      });
      return c.json(await show(store, found), 200);
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

const maxImportBytes = 1024 ** 3;

/** Event files in, and runs out in other formats. */
export function runFileRoutes({ store }: Services) {
  const app = router();
  app.post("/runs/import", async (c) => {
    const format = c.req.query("format") ?? "tensorboard";
    if (format !== "tensorboard") throw new ArgumentError("format", format, "tensorboard");
    const experiment = c.req.query("experiment") || "tensorboard";
    const parts = await readMultipart(c.req.raw, { maxBytes: maxImportBytes });
    const logs = parts
      .filter(({ filename }) => filename !== undefined)
      .map(({ filename, bytes }) => ({ path: filename!.replaceAll("\\", "/").replace(/^(\.\/)+/, ""), bytes }));
    return c.json({ runs: await importTensorboard(store, logs, experiment) }, 201);
  });
  app.get("/runs/:id/export", async (c) => {
    const run = await one(store, c.req.param("id"));
    const format = c.req.query("format") ?? "json";
    const name = `${run.name.replace(/[^\w.-]+/g, "_").slice(0, 80) || "run"}`;
    const attach = (type: string, ending: string) => ({
      "content-type": type,
      "content-disposition": `attachment; filename="${name}.${ending}"`,
    });
    switch (format) {
      case "tensorboard": {
        const bytes = await exportTensorboard(store, run.id);
        const file = `events.out.tfevents.${Math.floor((run.startedAt ?? run.createdAt).getTime() / 1000)}.loam`;
        return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
          "content-type": "application/octet-stream",
          "content-disposition": `attachment; filename="${file}"`,
        });
      }
      case "json": {
        const [shownRun] = await show(store, [run]);
        return c.json({ ...shownRun, points: await allPoints(store, run.id) }, 200, attach("application/json", "json"));
      }
      case "csv": {
        const rows = (await allPoints(store, run.id)).map(({ key, step, timeMs, value }) =>
          [/[",\n]/.test(key) ? `"${key.replaceAll('"', '""')}"` : key, step, timeMs, value].join(","),
        );
        return c.body(
          `${["key,step,time_ms,value", ...rows].join("\n")}\n`,
          200,
          attach("text/csv; charset=utf-8", "csv"),
        );
      }
      default:
        throw new ArgumentError("format", format, "tensorboard, csv or json");
    }
  });
  return app;
}

async function allPoints(store: Store, runId: string) {
  const points = [];
  for (const { key } of (await currentValues(store, [runId])).get(runId) ?? [])
    for (const point of await pointsOf(store, runId, key)) points.push({ ...point, value: shown(point.value) });
  return points;
}

function shown(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

async function show(store: Store, found: readonly StoredRun[]): Promise<ExperimentRunJson[]> {
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
    error: run.error,
  }));
}
