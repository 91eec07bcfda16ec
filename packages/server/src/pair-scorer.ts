import {
  type AlignOptions,
  alignBertScore,
  alignPair,
  BertScorer,
  type CorpusMetric,
  checkNeeds,
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
  readonly #models: ModelSettings;
  #encoder: Promise<TokenEncoder> | undefined;

  constructor(models: ModelSettings) {
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
    return scoreCorpus([row], { metrics: chosen, ...context });
  }

  async align(
    metric: string,
    { candidate, reference }: { candidate: string; reference: string },
    { signal, ...options }: AlignOptions & { signal: AbortSignal },
  ): Promise<PairAlignment> {
    if (metric !== "bertscore") return alignPair(metric, candidate, reference, options);
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
