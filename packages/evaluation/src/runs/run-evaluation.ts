import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ArgumentError, CancelledError, ProgressMeter } from "@loam/core";
import { currentTraceId, span } from "@loam/observe";
import { mapConcurrently } from "../concurrency/map-concurrently.ts";
import { summarise } from "../corpus/score-corpus.ts";
import { type Metric, type MetricContext, type MetricScores, type ScoreRow, scoreTogether } from "../metrics/metric.ts";
import { checkNeeds, metricFor } from "../metrics/registry.ts";
import type { BootstrapOptions } from "../statistics/bootstrap.ts";
import { CellCache } from "./cell-cache.ts";
import { type Cell, CellLog, type OutputCell, type ScoreCell } from "./cell-log.ts";
import { type Dataset, type DatasetRow, hashOf } from "./dataset.ts";
import type { EvaluationRun, SystemResult } from "./evaluation-run.ts";
import { lockRun } from "./run-lock.ts";
import { type RunRecord, recordOf, writeRecord } from "./run-record.ts";
import { checkTemplates, costOf, type System } from "./system.ts";

export interface RunEvaluationOptions extends Omit<MetricContext, "concurrency">, BootstrapOptions {
  name: string;
  dataset: Dataset;
  systems: readonly System[];
  metrics: readonly (string | Metric)[];
  /** Where `cells.jsonl` and `results.json` go. A folder with cells of an attempt that stopped is resumed. */
  folder: string;
  /** A folder that runs share, so that nothing is paid for twice. */
  cache?: string;
  /** What becomes of the cells that the folder holds: `discard` makes every one anew, and asks no cache. */
  cells?: "keep" | "discard";
  /** Outputs and judges' calls under way at a time. */
  concurrency?: number;
}

/**
 * Runs systems over a dataset and scores what they make. Each output, and each score that a model is paid for, is on the
 * disk before the next begins: a run that was killed goes on where it stopped. A row on which a system fails is kept with
 * its error, counted, and tried again when the run is started again.
 */
export async function runEvaluation(options: RunEvaluationOptions): Promise<EvaluationRun> {
  const { dataset, systems, folder } = options;
  const metrics = options.metrics.map((metric) => (typeof metric === "string" ? metricFor(metric) : metric));
  checkRun(dataset, systems, metrics, options);
  const lock = lockRun(folder);
  try {
    return await runLocked(metrics, options);
  } finally {
    lock.release();
  }
}

async function runLocked(metrics: readonly Metric[], options: RunEvaluationOptions): Promise<EvaluationRun> {
  const { name, dataset, systems, folder, concurrency = 4, signal, onProgress } = options;
  const anew = options.cells === "discard";
  if (anew) for (const file of runFiles) await rm(join(folder, file), { force: true });
  const perRow = metrics.filter((metric) => metric.grain === "row");
  const record: RunRecord = {
    name,
    startedAt: (await startOf(folder)) ?? new Date().toISOString(),
    dataset: { name: dataset.name, hash: dataset.hash, rows: dataset.rows.length },
    metrics: metrics.map((metric) => metric.name),
    systems: systems.map((system) => ({ system: system.name })),
    cells: systems.length * dataset.rows.length * (1 + perRow.length),
  };
  await writeRecord(folder, record);
  const log = await CellLog.open(join(folder, "cells.jsonl"));
  const keeper = new CellKeeper(log, options.cache === undefined || anew ? undefined : new CellCache(options.cache));
  try {
    const meter = new ProgressMeter(onProgress, { task: "evaluate", label: name, unit: "cell", total: record.cells });
    const cells = systems.flatMap((system) => dataset.rows.map((row, position) => ({ system, row, position })));
    const made = await mapConcurrently(
      cells,
      async ({ system, row, position }) => {
        const output = await keeper.output(system, row, { position, signal });
        meter.advance(1, `${system.name}, row ${row.id}`);
        const scores: ScoreCell[] = [];
        for (const metric of perRow) {
          if (output.error === undefined) scores.push(await keeper.score(metric, system, row, output, options));
          meter.advance(1, `${system.name}, row ${row.id}: ${metric.name}`);
        }
        return { output, scores };
      },
      { concurrency, signal, what: `The evaluation ${name}` },
    );
    const results: SystemResult[] = [];
    for (const [s, system] of systems.entries()) {
      const mine = made.slice(s * dataset.rows.length, (s + 1) * dataset.rows.length);
      results.push(await systemResult(system, dataset, metrics, mine, options));
    }
    const run: EvaluationRun = {
      name,
      startedAt: record.startedAt,
      finishedAt: new Date().toISOString(),
      dataset: {
        name: dataset.name,
        hash: dataset.hash,
        ...(dataset.columns && { columns: dataset.columns }),
        rows: dataset.rows.map(({ id, fields }) => ({ id, fields })),
      },
      metrics: metrics.map((metric) => metric.name),
      systems: results,
      resumedCells: keeper.resumed,
      cachedCells: keeper.cached,
    };
    await writeFile(join(folder, "results.json.tmp"), JSON.stringify(run));
    await rename(join(folder, "results.json.tmp"), join(folder, "results.json"));
    await writeRecord(folder, recordOf(run, record.cells));
    return run;
  } finally {
    await log.close();
  }
}

const runFiles = ["cells.jsonl", "results.json", "run.json"];

/** When the attempt that the folder holds began; undefined where it holds none. */
async function startOf(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, "run.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as RunRecord).startedAt;
}

/** What would fail after hours of work fails here. */
function checkRun(
  dataset: Dataset,
  systems: readonly System[],
  metrics: readonly Metric[],
  context: MetricContext,
): void {
  if (systems.length === 0) throw new ArgumentError("systems", [], "at least one system");
  if (metrics.length === 0) throw new ArgumentError("metrics", [], "at least one metric", 'for example ["rougeL"]');
  const names = systems.map((system) => system.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new ArgumentError("systems", names, "names that differ", `two are called "${twice}"`);
  for (const system of systems) checkTemplates(system, dataset.rows);
  for (const metric of metrics) {
    // Contexts come from the systems where the dataset has none.
    const rows = dataset.rows.map((row) => ({ contexts: [], ...row, prediction: "" }));
    checkNeeds(metric, rows, context);
  }
}

/** Cells from the log, from the cache, or made now. */
class CellKeeper {
  readonly #log: CellLog;
  readonly #cache: CellCache | undefined;
  readonly #known = new Map<string, Cell>();
  resumed = 0;
  cached = 0;

  constructor(log: CellLog, cache: CellCache | undefined) {
    this.#log = log;
    this.#cache = cache;
    for (const cell of log.cells) this.#known.set(cell.key, cell);
  }

  output(
    system: System,
    row: DatasetRow,
    { position, signal }: { position: number; signal: AbortSignal | undefined },
  ): Promise<OutputCell> {
    const key = hashOf(["output", system.name, system.version, row.id, row.fields]);
    const place = { kind: "output", system: system.name, row: row.id, key } as const;
    return this.#find<OutputCell>(
      key,
      { isGood: (cell) => cell.error === undefined, reuse: system.reuse ?? "any-run" },
      async () => {
        const start = performance.now();
        return span(
          `evaluate ${system.name}`,
          { kind: "chain", attributes: { "loam.evaluation.row": row.id } },
          async () => {
            const trace = currentTraceId();
            const common = () => ({ ...place, ms: performance.now() - start, ...(trace !== undefined && { trace }) });
            try {
              const {
                prediction,
                contexts,
                places,
                citations,
                usage,
                costUsd = usage ? null : 0,
              } = await system.run(row, { position, signal });
              return { ...common(), prediction, contexts, places, citations, usage, costUsd };
            } catch (error) {
              if (signal?.aborted) throw new CancelledError(`The evaluation of ${system.name}`, { cause: error });
              return { ...common(), costUsd: null, error: (error as Error).message };
            }
          },
        );
      },
    );
  }

  score(
    metric: Metric,
    system: System,
    row: DatasetRow,
    output: OutputCell,
    options: RunEvaluationOptions,
  ): Promise<ScoreCell> {
    const { judge, rubric, embedder } = options;
    const scored = toScoreRow(row, output);
    const key = hashOf([
      "score",
      metric.name,
      judge && [judge.provider, judge.modelId],
      rubric,
      embedder?.id,
      system.name,
      row.id,
      scored,
    ]);
    return this.#find<ScoreCell>(key, { isGood: (cell) => cell.failure === undefined, reuse: "any-run" }, async () => {
      const start = performance.now();
      return span(
        `${metric.name} of ${system.name}`,
        { kind: "evaluator", attributes: { "loam.evaluation.row": row.id } },
        async () => {
          const trace = currentTraceId();
          const { onProgress: _, ...context } = options;
          const { values, details, failures, signature, usage } = await metric.score([scored], {
            ...context,
            concurrency: 1,
          });
          return {
            kind: "score",
            system: system.name,
            row: row.id,
            key,
            metric: metric.name,
            value: values[0]!,
            details: details?.[0],
            failure: failures?.[0]?.reason,
            signature,
            usage,
            costUsd: judge && usage ? costOf(judge, usage) : 0,
            ms: performance.now() - start,
            ...(trace !== undefined && { trace }),
          };
        },
      );
    });
  }

  async #find<C extends Cell>(
    key: string,
    { isGood, reuse }: { isGood: (cell: C) => boolean; reuse: NonNullable<System["reuse"]> },
    make: () => Promise<C>,
  ): Promise<C> {
    const known = this.#known.get(key) as C | undefined;
    if (known && isGood(known)) {
      this.resumed++;
      return known;
    }
    const cache = reuse === "any-run" ? this.#cache : undefined;
    const stored = await cache?.get<C>(key);
    if (stored) {
      this.cached++;
      const cell = { ...stored, costUsd: 0, cached: true };
      await this.#log.append(cell);
      return cell;
    }
    const cell = await make();
    await this.#log.append(cell);
    if (isGood(cell)) await cache?.put(cell);
    return cell;
  }
}

function toScoreRow({ id: _, fields: __, ...given }: DatasetRow, output: OutputCell): ScoreRow {
  const { prediction = "", contexts, places, citations } = output;
  return {
    ...given,
    ...(contexts && { contexts }),
    ...(places && { places }),
    ...(citations && { citations }),
    prediction,
  };
}

async function systemResult(
  system: System,
  dataset: Dataset,
  metrics: readonly Metric[],
  made: readonly { output: OutputCell; scores: ScoreCell[] }[],
  options: RunEvaluationOptions,
): Promise<SystemResult> {
  const outputs = made.map(({ output }) => output);
  const good = outputs.flatMap((output, i) => (output.error === undefined ? [i] : []));
  const rows = good.map((i) => toScoreRow(dataset.rows[i]!, outputs[i]!));
  const whole = metrics.filter((metric) => metric.grain === "corpus");
  const together = good.length === 0 ? [] : await scoreTogether(whole, rows, options);
  const scoresOf = (metric: Metric): MetricScores => {
    if (good.length === 0) return { values: [], value: null, signature: metric.name };
    if (metric.grain === "corpus") return together[whole.indexOf(metric)]!;
    const cells = good.map((i) => made[i]!.scores.find((cell) => cell.metric === metric.name)!);
    return {
      values: cells.map((cell) => cell.value),
      details: cells.map((cell) => cell.details),
      failures: cells.flatMap(({ failure }, row) => (failure === undefined ? [] : [{ row, reason: failure }])),
      signature: cells[0]!.signature,
    };
  };
  return {
    system: system.name,
    version: system.version,
    outputs,
    failures: outputs.length - good.length,
    meanMs: outputs.reduce((sum, { ms }) => sum + ms, 0) / outputs.length,
    costUsd: totalCost(outputs),
    judgeCostUsd: totalCost(made.flatMap(({ scores }) => scores)),
    metrics: metrics.map((metric) => summarise(metric, onAllRows(scoresOf(metric), outputs, good), options)),
  };
}

/** Scores of the rows that have an output, set among all rows; the others fail with the system's error. */
function onAllRows(scores: MetricScores, outputs: readonly OutputCell[], good: readonly number[]): MetricScores {
  const spread = <T>(values: readonly T[]): (T | null)[] => {
    const all = new Array<T | null>(outputs.length).fill(null);
    for (const [at, i] of good.entries()) all[i] = values[at] ?? null;
    return all;
  };
  const failed = outputs.flatMap(({ error }, row) =>
    error === undefined ? [] : [{ row, reason: `the system failed: ${error}` }],
  );
  return {
    ...scores,
    values: spread(scores.values),
    ...(scores.parts && {
      parts: Object.fromEntries(Object.entries(scores.parts).map(([name, part]) => [name, spread(part)])),
    }),
    ...(scores.details && { details: spread(scores.details) }),
    failures: [...(scores.failures ?? []).map(({ row, reason }) => ({ row: good[row]!, reason })), ...failed],
  };
}

function totalCost(cells: readonly Cell[]): number | null {
  return cells.reduce<number | null>(
    (sum, { costUsd }) => (sum === null || costUsd === null ? null : sum + costUsd),
    0,
  );
}
