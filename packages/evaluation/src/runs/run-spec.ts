import type { LanguageModelV4 } from "@ai-sdk/provider";
import type { OnProgress } from "@loam/core";
import { readBaseline } from "../bertscore/baseline.ts";
import { openDefaultTokenEncoder } from "../bertscore/default-token-encoder.ts";
import { metricFor } from "../metrics/registry.ts";
import type { TextEmbedder } from "../similarity/embedding-cosine.ts";
import { readDataset } from "./dataset.ts";
import type { EvaluationRun } from "./evaluation-run.ts";
import { checkGate, type GateFailure } from "./gate.ts";
import { runEvaluation } from "./run-evaluation.ts";
import type { EvaluationSpec } from "./spec.ts";
import { columnSystem, promptSystem } from "./system.ts";

export interface RunSpecOptions {
  folder: string;
  cache?: string;
  /** The model of a name such as `openai:gpt-5-mini`. */
  languageModel(name: string): Promise<LanguageModelV4> | LanguageModelV4;
  /** The model of the judge role, for specs that name none. */
  judge?: LanguageModelV4;
  embedder?: TextEmbedder;
  /** Limits on top of the spec's own. */
  failUnder?: Readonly<Record<string, number>>;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/** Runs an evaluation that a spec describes, and holds it against its limits. */
export async function runEvaluationSpec(
  spec: EvaluationSpec,
  { folder, cache, languageModel, judge, embedder, failUnder, signal, onProgress }: RunSpecOptions,
): Promise<{ run: EvaluationRun; gate: GateFailure[] }> {
  const dataset = await readDataset(spec.dataset.path, { ...spec.dataset, signal });
  const systems = await Promise.all(
    spec.systems.map(async ({ name, column, model, prompt, ...settings }) =>
      column !== undefined
        ? columnSystem(name, column)
        : promptSystem(name, { model: await languageModel(model!), prompt: prompt!, ...settings }),
    ),
  );
  const needs = new Set(spec.metrics.flatMap((metric) => metricFor(metric).needs));
  const { model, language, layer, idf, baseline, longTexts } = spec.bertscore ?? {};
  const tokenEncoder = needs.has("tokenEncoder")
    ? (await openDefaultTokenEncoder({ model, language, layer, signal, onProgress })).encoder
    : undefined;
  try {
    const run = await runEvaluation({
      name: spec.name,
      dataset,
      systems,
      metrics: spec.metrics,
      folder,
      cache,
      concurrency: spec.concurrency,
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
