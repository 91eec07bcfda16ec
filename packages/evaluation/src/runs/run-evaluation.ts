import { ArgumentError, CancelledError, ProgressMeter } from "@loam/core";
import { currentTraceId, span } from "@loam/observe";
import { mapConcurrently } from "../concurrency/map-concurrently.ts";
import { summarise } from "../corpus/score-corpus.ts";
import { type Metric, type MetricContext, type MetricScores, type ScoreRow, scoreTogether } from "../metrics/metric.ts";
import { checkNeeds, metricFor } from "../metrics/registry.ts";
import type { BootstrapOptions } from "../statistics/bootstrap.ts";
import { type Dataset, type DatasetRow, hashOf } from "./dataset.ts";
import type { EvaluationRun, SystemResult } from "./evaluation-run.ts";
import type { Cell, OutputCell, ScoreCell } from "./kept/cell-log.ts";
import { folderKeeper } from "./kept/folder-keeper.ts";
import type { KeptRun, RunKeeper } from "./kept/keeper.ts";
import { type RunRecord, recordOf } from "./kept/run-record.ts";
import { checkTemplates, costOf, type System } from "./system.ts";

/** Where a run is kept: a folder, with another one that runs share, or a keeper. What an attempt there has made is gone on from. */
export type RunPlace =
  | {
      /** Where `cells.jsonl` and `results.json` go. */
      folder: string;
      /** A folder that runs share, so that nothing is paid for twice. */
      cache?: string;
      keeper?: undefined;
    }
  | { keeper: RunKeeper; folder?: undefined; cache?: undefined };

export type RunEvaluationOptions = RunPlace & RunSettings;

interface RunSettings extends Omit<MetricContext, "concurrency">, BootstrapOptions {
  name: string;
  dataset: Dataset;
  systems: readonly System[];
  metrics: readonly (string | Metric)[];
  /** What becomes of the cells of earlier attempts: `discard` makes every one anew, and asks no other run. */
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
  const { dataset, systems } = options;
  const metrics = options.metrics.map((metric) => (typeof metric === "string" ? metricFor(metric) : metric));
  checkRun(dataset, systems, metrics, options);
  const keeper = options.keeper ?? folderKeeper(options.folder, { cache: options.cache });
  const kept = await keeper.open({ anew: options.cells === "discard" });
  try {
    return await runKept(kept, metrics, options);
  } finally {
    await kept.close();
  }
}

async function runKept(
  kept: KeptRun,
  metrics: readonly Metric[],
  options: RunEvaluationOptions,
): Promise<EvaluationRun> {
  const { name, dataset, systems, concurrency = 4, signal, onProgress } = options;
  const perRow = metrics.filter((metric) => metric.grain === "row");
  const record: RunRecord = {
    name,
    startedAt: kept.startedAt ?? new Date().toISOString(),
    dataset: { name: dataset.name, hash: dataset.hash, rows: dataset.rows.length },
    metrics: metrics.map((metric) => metric.name),
    systems: systems.map((system) => ({ system: system.name })),
    cells: systems.length * dataset.rows.length * (1 + perRow.length),
  };
  await kept.begin(record);
  const keeper = new CellKeeper(kept);
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
  await kept.finish(run, recordOf(run, record.cells));
  return run;
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
  readonly #kept: KeptRun;
  readonly #known = new Map<string, Cell>();
  resumed = 0;
  cached = 0;

  constructor(kept: KeptRun) {
    this.#kept = kept;
    for (const cell of kept.cells) this.#known.set(cell.key, cell);
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
      { isGood: (cell) => cell.error === undefined && !cell.redacted, reuse: system.reuse ?? "any-run" },
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
    const stored = reuse === "any-run" ? ((await this.#kept.findElsewhere(key)) as C | undefined) : undefined;
    if (stored) {
      this.cached++;
      const cell = { ...stored, costUsd: 0, cached: true };
      await this.#kept.append(cell);
      return cell;
    }
    const cell = await make();
    await this.#kept.append(cell);
    if (isGood(cell) && reuse === "any-run") await this.#kept.share(cell);
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
