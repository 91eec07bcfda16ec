import type { LanguageModelV4 } from "@ai-sdk/provider";
import { ArgumentError, nearestName, type OnProgress, type Row, UnsupportedError } from "@loam/core";
import { readBaseline } from "../bertscore/baseline.ts";
import { openDefaultTokenEncoder } from "../bertscore/default-token-encoder.ts";
import { metricFor } from "../metrics/registry.ts";
import type { TextEmbedder } from "../similarity/embedding-cosine.ts";
import { type Dataset, makeDataset, readDataset } from "./dataset.ts";
import type { EvaluationRun } from "./evaluation-run.ts";
import { checkGate, type GateFailure } from "./gate.ts";
import { type OpenedAsk, openSystem } from "./open-system.ts";
import { type RunEvaluationOptions, type RunPlace, runEvaluation } from "./run-evaluation.ts";
import type { AskSettings, EvaluationSpec } from "./spec.ts";
import type { System } from "./system.ts";

export type RunSpecOptions = RunPlace & SpecSettings;

interface SpecSettings extends SpecSurroundings {
  /** The rows, where they have been read; the spec's dataset is read when left out. */
  dataset?: Dataset;
  /** Limits on top of the spec's own. */
  failUnder?: Readonly<Record<string, number>>;
  cells?: RunEvaluationOptions["cells"];
  /** What is run in place of each system. */
  adapt?(system: System): System;
  /** Instead of the spec's own. */
  concurrency?: number;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/** What a spec names and somebody has to open. */
export interface SpecSurroundings {
  /** The model of a name such as `openai:gpt-5-mini`. */
  languageModel(name: string): Promise<LanguageModelV4> | LanguageModelV4;
  /** Opens the documents that a system asks; without it specs may have no such system. */
  openAsk?(settings: AskSettings): Promise<OpenedAsk>;
  /** Makes the rows of a dataset that is no file; without it specs may have no such dataset. */
  openRows?(
    dataset: EvaluationSpec["dataset"],
    options: { signal?: AbortSignal; onProgress?: OnProgress },
  ): Promise<{ name: string; rows: readonly Row[] }>;
  /** The model of the judge role, for specs that name none. */
  judge?: LanguageModelV4;
  embedder?: TextEmbedder;
}

/** Runs an evaluation that a spec describes, and holds it against its limits. */
export async function runEvaluationSpec(
  spec: EvaluationSpec,
  options: RunSpecOptions,
): Promise<{ run: EvaluationRun; gate: GateFailure[] }> {
  const { cells, languageModel, openAsk, judge, embedder, failUnder, signal, onProgress } = options;
  checkLimits(spec, failUnder);
  const dataset = options.dataset ?? (await openDataset(spec, options));
  const systems = await Promise.all(
    spec.systems.map((system) => openSystem(system, { spec, openAsk, languageModel, signal })),
  );
  const { adapt = (system: System) => system } = options;
  const needs = new Set(spec.metrics.flatMap((metric) => metricFor(metric).needs));
  const { model, language, layer, idf, baseline, longTexts } = spec.bertscore ?? {};
  const tokenEncoder = needs.has("tokenEncoder")
    ? (await openDefaultTokenEncoder({ model, language, layer, signal, onProgress })).encoder
    : undefined;
  try {
    const run = await runEvaluation({
      name: spec.name,
      dataset,
      systems: systems.map(adapt),
      metrics: spec.metrics,
      ...placeOf(options),
      cells,
      concurrency: options.concurrency ?? spec.concurrency,
      retries: spec.retries,
      judge: spec.judge === undefined ? judge : await languageModel(spec.judge),
      rubric: spec.rubric,
      embedder,
      tokenEncoder,
      bertScore: { idf, longTexts, ...(baseline !== undefined && { baseline: await readBaseline(baseline) }) },
      tokenizer: spec.tokenizer,
      stem: spec.stem,
      aggregate: spec.aggregate,
      jsonSchema: spec.jsonSchema,
      signal,
      onProgress,
    });
    return { run, gate: checkGate(run, { ...spec.failUnder, ...failUnder }) };
  } finally {
    await tokenEncoder?.close?.();
  }
}

function placeOf({ keeper, folder, cache }: RunPlace): RunPlace {
  return keeper ? { keeper } : { folder, cache };
}

/**
 * Reads or makes the rows of a spec.
 *
 * @throws {UnsupportedError} for rows of a library where nothing opens one; {InputError} for rows that cannot be read.
 */
export async function openDataset(
  { name, dataset }: EvaluationSpec,
  { openRows, signal, onProgress }: Pick<RunSpecOptions, "openRows" | "signal" | "onProgress">,
): Promise<Dataset> {
  const { path, rows, columns, limit } = dataset;
  if (path !== undefined) return readDataset(path, { columns, limit, signal });
  if (rows !== undefined) return makeDataset((rows as Row[]).slice(0, limit), { columns });
  if (!openRows)
    throw new UnsupportedError(`The dataset of ${name} lies in a library, and there is none here.`, {
      hint: "run it with `loam evaluate`, or give `openRows`",
    });
  const made = await openRows(dataset, { signal, onProgress });
  return makeDataset(made.rows.slice(0, limit), { name: made.name, columns });
}

/**
 * A limit on a metric that the run does not score is a slip of the pen: said before anything is paid for.
 *
 * @throws {ArgumentError} with the nearest metric.
 */
export function checkLimits({ metrics, failUnder }: EvaluationSpec, more: Readonly<Record<string, number>> = {}): void {
  for (const name of Object.keys({ ...failUnder, ...more })) {
    if (metrics.includes(name)) continue;
    const near = nearestName(name, metrics);
    throw new ArgumentError(
      "failUnder",
      name,
      `one of the metrics scored, ${metrics.join(", ")}`,
      near && `did you mean "${near}"?`,
    );
  }
}
