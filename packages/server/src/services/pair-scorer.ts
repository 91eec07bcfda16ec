import { withinBudget } from "@loam/core";
import {
  type AlignOptions,
  alignBertScore,
  alignPair,
  BertScorer,
  type CorpusMetric,
  checkNeeds,
  type Metric,
  metricFor,
  openUseLiteTokenEncoder,
  type PairAlignment,
  type ScoreRow,
  scoreCorpus,
  type TokenEncoder,
} from "@loam/evaluation";
import type { ModelSettings } from "./model-settings.ts";

/** Scores and aligns one pair of texts; the encoder of BERTScore is opened when it is first asked for. */
export class PairScorer {
  readonly #models: Pick<ModelSettings, "current">;
  #encoder: Promise<TokenEncoder> | undefined;

  constructor(models: Pick<ModelSettings, "current">) {
    this.#models = models;
  }

  /** One result per metric, in their order. */
  async score(
    row: ScoreRow,
    {
      metrics,
      signal,
      ...options
    }: Pick<AlignOptions, "tokenizer" | "stem"> & { metrics: readonly string[]; signal: AbortSignal },
  ): Promise<CorpusMetric[]> {
    const chosen = metrics.map(metricFor);
    const needs = new Set(chosen.flatMap((metric) => metric.needs));
    const { embed: embedder, judge } = this.#models.current;
    const tokenEncoder = needs.has("tokenEncoder") ? await this.#openEncoder() : undefined;
    const context = { ...options, embedder, judge, tokenEncoder, signal };
    for (const metric of chosen) checkNeeds(metric, [row], context);
    const texts = [row.prediction, ...(row.references ?? [])];
    if (isShort(texts)) return scoreCorpus([row], { metrics: chosen, ...context });
    // The models' metrics take turns with everything else; the others would not.
    const plain = metrics.filter((_, i) => !usesModel(chosen[i]!));
    const input = { row, metrics: plain, ...options };
    const own = plain.length > 0 ? await inThread<CorpusMetric[]>("scoreRow", input, signal) : [];
    const others = chosen.filter(usesModel);
    const rest = others.length > 0 ? await scoreCorpus([row], { metrics: others, ...context }) : [];
    return chosen.map((metric) => (usesModel(metric) ? rest : own).shift()!);
  }

  async align(
    metric: string,
    { candidate, reference }: { candidate: string; reference: string },
    { signal, ...options }: AlignOptions & { signal: AbortSignal },
  ): Promise<PairAlignment> {
    if (metric !== "bertscore" && isShort([candidate, reference]))
      return alignPair(metric, candidate, reference, options);
    if (metric !== "bertscore")
      return await inThread<PairAlignment>("alignTexts", { metric, candidate, reference, ...options }, signal);
    return alignBertScore(new BertScorer(await this.#openEncoder()), candidate, reference, { signal });
  }

  async close(): Promise<void> {
    await (await this.#encoder?.catch(() => undefined))?.close?.();
  }

  #openEncoder(): Promise<TokenEncoder> {
    this.#encoder ??= openUseLiteTokenEncoder().catch((error: unknown) => {
      this.#encoder = undefined;
      throw error;
    });
    return this.#encoder;
  }
}

/** What a comparison of two texts may cost. */
const budget = { seconds: 20, memoryMiB: 1024 };

async function inThread<Result>(name: string, input: object, signal: AbortSignal): Promise<Result> {
  const module = new URL(import.meta.resolve("@loam/evaluation/tasks"));
  return await withinBudget({ module, name, what: "Comparing these texts" }, input, { ...budget, signal });
}

/** Whether the slowest metric is done in a few milliseconds: it takes the product of the lengths. */
function isShort(texts: readonly string[]): boolean {
  return texts.every(({ length }) => length <= 2000);
}

function usesModel({ needs }: Metric): boolean {
  return needs.some((need) => need === "embedder" || need === "judge" || need === "tokenEncoder");
}
