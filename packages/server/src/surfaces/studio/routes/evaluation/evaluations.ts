import { createRoute, z } from "@hono/zod-openapi";
import { NotFoundError } from "@loam/core";
import { compareSystems, type StoredEvaluation, startEvaluationOperation, systemOf } from "@loam/evaluation";
import { listDatasets } from "@loam/observe";
import { servedName } from "../../../../evaluation/served-evaluations.ts";
import { momentRoute } from "../../../../http/operation-routes.ts";
import { router } from "../../../../http/router.ts";
import type { OpenedRun } from "../../../../services/run-store.ts";
import type { Services } from "../../../../services/services.ts";
import { ErrorSchema, json } from "../../schemas/error.ts";
import {
  EvaluationComparisonSchema,
  type EvaluationJson,
  type EvaluationRowJson,
  EvaluationRowSchema,
  type EvaluationRowsJson,
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

const excerptChars = 280;
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
    .openapi(rows, async (c) => c.json(pageOfRows(await runs.open(c.req.valid("param").id), c.req.valid("query")), 200))
    .openapi(row, async (c) => {
      const { id, row: name } = c.req.valid("param");
      return c.json(toRowJson(await runs.open(id), name), 200);
    })
    .openapi(compare, async (c) => {
      const { id } = c.req.valid("param");
      const { left, right, with: other = id } = c.req.valid("query");
      const a = await runs.open(id);
      const b = await runs.open(other);
      const metrics = compareSystems({ run: a.run, system: left }, { run: b.run, system: right });
      return c.json(
        {
          left: { run: id, system: systemOf(a.run, left).system },
          right: { run: other, system: systemOf(b.run, right).system },
          sameDataset: a.run.dataset.hash === b.run.dataset.hash,
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

function pageOfRows(
  { run, dataset }: OpenedRun,
  {
    offset,
    limit,
    query,
    sort,
    order,
  }: { offset: number; limit: number; query?: string; sort?: string; order: string },
): EvaluationRowsJson {
  const wanted = query?.toLowerCase();
  let positions = dataset.rows.map((_, i) => i);
  if (wanted) {
    positions = positions.filter((i) =>
      [
        dataset.rows[i]!.id,
        JSON.stringify(dataset.rows[i]!.fields),
        ...run.systems.map(({ outputs }) => outputs[i]?.prediction ?? ""),
      ].some((text) => text.toLowerCase().includes(wanted)),
    );
  }
  const metric = sort === undefined ? -1 : run.metrics.indexOf(sort);
  if (metric >= 0) {
    const mean = (i: number): number => {
      const values = run.systems.flatMap(({ metrics }) => metrics[metric]!.values[i] ?? []);
      return values.length === 0
        ? Number.NEGATIVE_INFINITY
        : values.reduce((sum, value) => sum + value, 0) / values.length;
    };
    const means = new Map(positions.map((i) => [i, mean(i)]));
    const sign = order === "descending" ? -1 : 1;
    positions.sort((a, b) => sign * (means.get(a)! - means.get(b)!) || a - b);
  }
  return {
    total: positions.length,
    rows: positions.slice(offset, offset + limit).map((i) => {
      const { id, question, source, fields } = dataset.rows[i]!;
      return {
        row: id,
        input: (question ?? source ?? JSON.stringify(fields)).slice(0, excerptChars),
        systems: run.systems.map(({ system, outputs, metrics }) => ({
          system,
          prediction: outputs[i]!.prediction?.slice(0, excerptChars) ?? null,
          failed: outputs[i]!.error !== undefined,
          scores: metrics.map(({ values }) => values[i] ?? null),
        })),
      };
    }),
  };
}

function toRowJson({ run, dataset }: OpenedRun, id: string): EvaluationRowJson {
  const position = dataset.rows.findIndex((one) => one.id === id);
  const found = dataset.rows[position];
  if (!found) throw new NotFoundError("row", id, { known: dataset.rows.slice(0, 2000).map((one) => one.id) });
  return {
    row: id,
    position,
    previous: dataset.rows[position - 1]?.id ?? null,
    next: dataset.rows[position + 1]?.id ?? null,
    fields: found.fields,
    references: [...found.references],
    source: found.source ?? null,
    question: found.question ?? null,
    cells: run.systems.map(({ system, outputs, metrics }) => {
      const { prediction, contexts, error, ms, costUsd, usage, trace } = outputs[position]!;
      return {
        system,
        prediction: prediction ?? null,
        contexts: [...(contexts ?? [])],
        error: error ?? null,
        ms,
        costUsd,
        inputTokens: usage?.inputTokens ?? null,
        outputTokens: usage?.outputTokens ?? null,
        trace: trace ?? null,
        scores: metrics.map(({ metric, values, details, failures }) => ({
          metric,
          value: values[position] ?? null,
          failure: failures.find(({ row: at }) => at === position)?.reason ?? null,
          details: details?.[position] ?? undefined,
        })),
      };
    }),
  };
}
