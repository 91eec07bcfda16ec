import { availableParallelism } from "node:os";
import { createRoute, z } from "@hono/zod-openapi";
import {
  addSampleDataset,
  cancelTuneRun,
  datasetPath,
  deleteAdapter,
  deleteDataset,
  deleteTuneRun,
  getAdapter,
  listAdapters,
  listBases,
  listDatasets,
  resolveDraft,
  resumeTuneRun,
  runKinds,
  smallBaseSteps,
  startSmallBase,
  startTuneRun,
  tunableBase,
} from "@loam/finetuning";
import { getRun, listRuns, type Run, runSeries } from "@loam/observe";
import { adapterMethods, promptTemplateNames, recipeJsonSchema } from "@loam/peft";
import { router } from "../../../../http/router.ts";
import { toRunDetailJson, toRunsJson, toSeriesJson } from "../../../../services/run-json.ts";
import type { Services } from "../../../../services/services.ts";
import { body, ErrorSchema, json } from "../../schemas/error.ts";
import {
  AdapterDetailSchema,
  type AdapterJson,
  AdapterSchema,
  BaseSchema,
  DatasetSchema,
  ForecastSchema,
  PreviewRowSchema,
  RunDetailSchema,
  RunSchema,
  SeriesSchema,
} from "../../schemas/tune.ts";

const id = { params: z.object({ id: z.string() }) };
const gone = json(z.object({ id: z.string() }), "It is gone");
const refused = { 400: json(ErrorSchema, "Why not"), 404: json(ErrorSchema, "No such thing") };
/** Checked against the recipe's own schema, whose messages name the field and the nearest spelling. */
const Draft = z.record(z.string(), z.unknown()).openapi("RecipeDraft", {
  description: "A recipe; `model`, `data.path` and `output` name base, dataset and adapter",
});

const schema = createRoute({
  method: "get",
  path: "/tune/schema",
  responses: {
    200: json(
      z.object({
        recipe: z.record(z.string(), z.unknown()),
        methods: z.record(z.string(), z.record(z.string(), z.unknown())),
        methodNames: z.array(z.string()),
        templates: z.array(z.string()),
        cpus: z.int(),
      }),
      "JSON Schema of a recipe, and of the options of each method",
    ),
  },
});
const bases = createRoute({
  method: "get",
  path: "/tune/bases",
  responses: { 200: json(z.array(BaseSchema), "Models that can be fine-tuned: in the home folder and the hub cache") },
});
const smallBase = createRoute({
  method: "post",
  path: "/tune/bases/small",
  description: "Trains a small base on this machine, in about two minutes, for where no model can be downloaded.",
  request: body(z.object({ steps: z.int().min(1).max(100_000).default(smallBaseSteps) })),
  responses: { 202: json(RunSchema, "The run that makes it"), ...refused },
});
const datasets = createRoute({
  method: "get",
  path: "/tune/datasets",
  responses: { 200: json(z.array(DatasetSchema), "Newest first") },
});
const sampleDataset = createRoute({
  method: "post",
  path: "/tune/datasets/sample",
  responses: { 201: json(DatasetSchema, "The rows that come with Loam, added") },
});
const removeDataset = createRoute({
  method: "delete",
  path: "/tune/datasets/{id}",
  request: id,
  responses: { 200: gone, ...refused },
});
const preview = createRoute({
  method: "post",
  path: "/tune/datasets/{id}/preview",
  description: "The first rows as the model will see them, with what is learned apart from what is not.",
  request: {
    ...id,
    ...body(
      z.object({
        base: z.string(),
        template: z.enum([...promptTemplateNames, "chat"]),
        maxTokens: z.int().min(2).max(100_000).default(512),
        rows: z.int().min(1).max(50).default(5),
      }),
    ),
  },
  responses: { 200: json(z.array(PreviewRowSchema), "Rows"), ...refused },
});
const forecast = createRoute({
  method: "post",
  path: "/tune/forecast",
  description: "Checks a recipe and counts what it takes, without training.",
  request: body(Draft),
  responses: { 200: json(ForecastSchema, "Parameters, memory, time, warnings"), ...refused },
});
const start = createRoute({
  method: "post",
  path: "/tune/runs",
  request: body(Draft),
  responses: { 202: json(RunSchema, "Accepted durably; a worker takes it up"), ...refused },
});
const runs = createRoute({
  method: "get",
  path: "/tune/runs",
  responses: { 200: json(z.array(RunSchema), "Newest first, at most 200") },
});
const run = createRoute({
  method: "get",
  path: "/tune/runs/{id}",
  request: id,
  responses: { 200: json(RunDetailSchema, "The run with recipe and samples"), ...refused },
});
const removeRun = createRoute({
  method: "delete",
  path: "/tune/runs/{id}",
  request: id,
  responses: { 200: gone, ...refused },
});
const series = createRoute({
  method: "get",
  path: "/tune/runs/{id}/metrics",
  request: { ...id, query: z.object({ points: z.coerce.number().int().min(10).max(5000).default(600) }) },
  responses: { 200: json(SeriesSchema, "Curves, thinned out to `points` each"), ...refused },
});
const cancel = createRoute({
  method: "post",
  path: "/tune/runs/{id}/cancel",
  request: id,
  responses: { 200: json(RunSchema, "Ended after a checkpoint"), ...refused },
});
const resume = createRoute({
  method: "post",
  path: "/tune/runs/{id}/resume",
  request: id,
  responses: { 202: json(RunSchema, "In the queue again, to go on from its last checkpoint"), ...refused },
});
const adapters = createRoute({
  method: "get",
  path: "/tune/adapters",
  responses: { 200: json(z.array(AdapterSchema), "Newest first") },
});
const adapter = createRoute({
  method: "get",
  path: "/tune/adapters/{id}",
  request: id,
  responses: { 200: json(AdapterDetailSchema, "The adapter with its options and files"), ...refused },
});
const removeAdapter = createRoute({
  method: "delete",
  path: "/tune/adapters/{id}",
  request: id,
  responses: { 200: gone, ...refused },
});

/** Fine-tuning: what there is to choose from, runs and adapters. Uploads, events, answers and downloads are in `tune-streams.ts`. */
export function tuneRoutes({ store, tune: { folders, helper } }: Services) {
  const one = async (run: Run) => (await toRunsJson(store, folders, [run]))[0]!;
  return router()
    .openapi(schema, (c) =>
      c.json(
        {
          ...(recipeJsonSchema() as {
            recipe: Record<string, unknown>;
            methods: Record<string, Record<string, unknown>>;
          }),
          methodNames: adapterMethods.map(({ type }) => type),
          templates: [...promptTemplateNames, "chat"],
          cpus: availableParallelism(),
        },
        200,
      ),
    )
    .openapi(bases, async (c) => c.json(await listBases(folders), 200))
    .openapi(smallBase, async (c) => c.json(await one(await startSmallBase(store, c.req.valid("json"))), 202))
    .openapi(datasets, async (c) => c.json(await listDatasets(folders), 200))
    .openapi(sampleDataset, async (c) => c.json(await addSampleDataset(folders), 201))
    .openapi(removeDataset, async (c) => {
      const { id } = c.req.valid("param");
      await deleteDataset(folders, id);
      return c.json({ id }, 200);
    })
    .openapi(preview, async (c) => {
      const { base, ...options } = c.req.valid("json");
      const path = await datasetPath(folders, c.req.valid("param").id);
      const model = await tunableBase(folders, base);
      return c.json(await helper.preview({ model, path, ...options }), 200);
    })
    .openapi(forecast, async (c) => {
      const recipe = await resolveDraft(folders, c.req.valid("json"));
      await tunableBase(folders, (c.req.valid("json") as { model: string }).model);
      return c.json(await helper.forecast(recipe), 200);
    })
    .openapi(start, async (c) => c.json(await one(await startTuneRun(store, folders, c.req.valid("json"))), 202))
    .openapi(runs, async (c) => {
      const found = await listRuns(store, { experiment: "fine-tuning", limit: 200 });
      return c.json(await toRunsJson(store, folders, found), 200);
    })
    .openapi(run, async (c) =>
      c.json(await toRunDetailJson(store, folders, await getRun(store, c.req.valid("param").id)), 200),
    )
    .openapi(removeRun, async (c) => {
      const { id } = c.req.valid("param");
      await deleteTuneRun(store, id);
      return c.json({ id }, 200);
    })
    .openapi(series, async (c) => {
      const { id } = await getRun(store, c.req.valid("param").id);
      return c.json(toSeriesJson(await runSeries(store, id, c.req.valid("query"))), 200);
    })
    .openapi(cancel, async (c) => c.json(await one(await cancelTuneRun(store, c.req.valid("param").id)), 200))
    .openapi(resume, async (c) => c.json(await one(await resumeTuneRun(store, c.req.valid("param").id)), 202))
    .openapi(adapters, async (c) => {
      const made = await runsByAdapter();
      return c.json(
        (await listAdapters(folders)).map((info) => withRun(info, made.get(info.id))),
        200,
      );
    })
    .openapi(adapter, async (c) => {
      const detail = await getAdapter(folders, c.req.valid("param").id);
      return c.json({ ...detail, ...withRun(detail, (await runsByAdapter()).get(detail.id)) }, 200);
    })
    .openapi(removeAdapter, async (c) => {
      const { id } = c.req.valid("param");
      await deleteAdapter(folders, id);
      return c.json({ id }, 200);
    });

  /** The newest finished run of each adapter. */
  async function runsByAdapter(): Promise<Map<string, Run>> {
    const all = await listRuns(store, { kind: runKinds.tune, limit: 1000 });
    const finished = all.filter(({ status, tags }) => status === "finished" && tags.adapter);
    return new Map(finished.toReversed().map((run) => [run.tags.adapter!, run]));
  }
}

function withRun(
  info: Omit<AdapterJson, "run" | "template" | "evalLoss" | "lastLoss">,
  run: Run | undefined,
): AdapterJson {
  const losses = (run?.summary.losses ?? {}) as { last?: number | null; eval?: number | null };
  const template = (run?.params.data as { template?: string } | undefined)?.template;
  const { id, method, base, parameters, sizeBytes, createdAt } = info;
  return {
    id,
    method,
    base,
    parameters,
    sizeBytes,
    createdAt,
    run: run?.id ?? null,
    template: template ?? null,
    evalLoss: losses.eval ?? null,
    lastLoss: losses.last ?? null,
  };
}
