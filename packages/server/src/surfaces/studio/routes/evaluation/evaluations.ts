import { createRoute, z } from "@hono/zod-openapi";
import { listMarks, type StoredEvaluation, startEvaluationOperation, systemOf } from "@loam/evaluation";
import { listDatasets } from "@loam/observe";
import { pageOfRows, toRowJson } from "../../../../evaluation/row-json.ts";
import { servedName } from "../../../../evaluation/served-evaluations.ts";
import { momentRoute } from "../../../../http/operation-routes.ts";
import { router } from "../../../../http/router.ts";
import type { OpenedRun } from "../../../../services/run-store.ts";
import type { Services } from "../../../../services/services.ts";
import { ErrorSchema, json } from "../../schemas/error.ts";
import {
  EvaluationComparisonSchema,
  type EvaluationJson,
  EvaluationRowSchema,
  EvaluationRowsSchema,
  EvaluationSchema,
  type EvaluationSummaryJson,
  EvaluationSummarySchema,
} from "../../schemas/evaluation.ts";

const params = z.object({ id: z.string().max(300) });
const missing = { 404: json(ErrorSchema, "No such run"), 400: json(ErrorSchema, "The run is not finished") };

const list = createRoute({
  method: "get",
  path: "/evaluations",
  responses: { 200: json(z.array(EvaluationSummarySchema), "Runs, the latest first") },
});
const get = createRoute({
  method: "get",
  path: "/evaluations/{id}",
  request: { params },
  responses: { 200: json(EvaluationSchema, "Systems with their scores; none while the run is unfinished"), ...missing },
});
const rows = createRoute({
  method: "get",
  path: "/evaluations/{id}/rows",
  request: {
    params,
    query: z.object({
      offset: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(200).default(50),
      query: z.string().max(500).optional().openapi({ description: "Only rows that hold this text" }),
      sort: z.string().max(60).optional().openapi({ description: "A metric: rows by their mean over the systems" }),
      order: z.enum(["ascending", "descending"]).default("ascending"),
      show: z.enum(["all", "pinned", "marked", "failed", "turned", "better", "worse"]).default("all").openapi({
        description:
          "`turned`: rows that two systems differ on by a metric; `better` and `worse`: those that the right one wins or loses",
      }),
      metric: z.string().max(60).optional().openapi({ description: "For `turned`; the first when left out" }),
      left: z.string().max(300).optional().openapi({ description: "A system; the first when left out" }),
      right: z.string().max(300).optional().openapi({ description: "A system; the last when left out" }),
    }),
  },
  responses: { 200: json(EvaluationRowsSchema, "A page of rows"), ...missing },
});
const row = createRoute({
  method: "get",
  path: "/evaluations/{id}/rows/{row}",
  request: { params: params.extend({ row: z.string().max(500) }) },
  responses: { 200: json(EvaluationRowSchema, "What each system made of the row"), ...missing },
});
const compare = createRoute({
  method: "get",
  path: "/evaluations/{id}/compare",
  request: {
    params,
    query: z.object({
      left: z.string(),
      right: z.string(),
      with: z.string().optional().openapi({ description: "The right system's run, where it is another" }),
    }),
  },
  responses: { 200: json(EvaluationComparisonSchema, "Differences, significance, wins and losses"), ...missing },
});

const remove = createRoute({
  method: "delete",
  path: "/evaluations/{id}",
  request: { params },
  responses: { 200: json(z.object({ id: z.string(), deleted: z.literal(true) }), "Gone"), ...missing },
});

const exampleSets = createRoute({
  method: "get",
  path: "/datasets",
  description: "Datasets of examples, made from traces or by hand.",
  responses: { 200: json(z.array(z.object({ name: z.string(), examples: z.int() })), "By name") },
});

const comparedRows = 500;

export function evaluationRoutes({ runs, store, platform }: Services) {
  const requireModel = (name: string) => servedName(platform.registry, name);
  const start = momentRoute(
    "/evaluations",
    startEvaluationOperation,
    { store, requireModel },
    { result: z.object({ run: z.string(), work: z.string() }), shape: (started) => started },
  );
  return router()
    .route("/", start)
    .openapi(list, async (c) => c.json((await runs.list()).map(toSummaryJson), 200))
    .openapi(exampleSets, async (c) => {
      const sets = await listDatasets(store, { limit: 1000 });
      return c.json(
        sets.map(({ name, examples }) => ({ name, examples })),
        200,
      );
    })
    .openapi(remove, async (c) => {
      const { id } = c.req.valid("param");
      await runs.delete(id);
      return c.json({ id, deleted: true as const }, 200);
    })
    .openapi(get, async (c) => {
      const stored = await runs.find(c.req.valid("param").id);
      if (stored.state === "finished") return c.json(toEvaluationJson(await runs.open(stored.id)), 200);
      return c.json({ ...toSummaryJson(stored), resumedCells: 0, cachedCells: 0, results: [] }, 200);
    })
    .openapi(rows, async (c) => {
      const opened = await runs.open(c.req.valid("param").id);
      return c.json(pageOfRows(opened, await listMarks(store, opened.stored.id), c.req.valid("query")), 200);
    })
    .openapi(row, async (c) => {
      const { id, row: name } = c.req.valid("param");
      return c.json(toRowJson(await runs.open(id), await listMarks(store, id), name), 200);
    })
    .openapi(compare, async (c) => {
      const { id } = c.req.valid("param");
      const { left, right, with: other = id } = c.req.valid("query");
      const a = await runs.scores(id);
      const b = await runs.scores(other);
      const metrics = await runs.compare({ id, system: left, scores: a }, { id: other, system: right, scores: b });
      return c.json(
        {
          left: { run: id, system: systemOf(a, left).system },
          right: { run: other, system: systemOf(b, right).system },
          sameDataset: a.dataset.hash === b.dataset.hash,
          metrics: metrics.map(({ pValue, byRow, ...metric }) => ({
            ...metric,
            bootstrapP: pValue,
            byRow: byRow
              .toSorted((x, y) => Math.abs(y.left - y.right) - Math.abs(x.left - x.right))
              .slice(0, comparedRows),
          })),
        },
        200,
      );
    });
}

function toSummaryJson(stored: StoredEvaluation): EvaluationSummaryJson {
  return stored;
}

function toEvaluationJson({ stored, run }: OpenedRun): EvaluationJson {
  return {
    ...toSummaryJson(stored),
    resumedCells: run.resumedCells,
    cachedCells: run.cachedCells,
    results: run.systems.map(({ system, failures, meanMs, costUsd, judgeCostUsd, metrics }) => ({
      system,
      failures,
      meanMs,
      costUsd,
      judgeCostUsd,
      metrics: metrics.map(({ metric, value, interval, direction, range, signature, notes, ...rest }) => ({
        metric,
        value,
        ...(interval && { interval }),
        direction,
        range: [range[0], Number.isFinite(range[1]) ? range[1] : null],
        signature,
        notes,
        failures: rest.failures.length,
        firstFailure: rest.failures[0]?.reason ?? null,
        spread: spreadOf(rest.values),
      })),
    })),
  };
}

/** Five numbers of the values, by linear interpolation between neighbours. */
function spreadOf(values: readonly (number | null)[]) {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  const at = (q: number): number => {
    const position = q * (sorted.length - 1);
    const low = sorted[Math.floor(position)]!;
    return low + (sorted[Math.ceil(position)]! - low) * (position % 1);
  };
  return { min: at(0), q1: at(0.25), median: at(0.5), q3: at(0.75), max: at(1) };
}
