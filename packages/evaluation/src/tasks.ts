import { type AlignOptions, alignPair } from "./alignment/align-pair.ts";
import type { PairAlignment } from "./alignment/pair-alignment.ts";
import { type CorpusMetric, scoreCorpus } from "./corpus/score-corpus.ts";
import type { ScoreRow } from "./metrics/metric.ts";
import { metricFor } from "./metrics/registry.ts";

/**
 * What a thread of its own does: many metrics take time and memory that grow with the product of two texts' lengths.
 * Inputs and results are plain data.
 */

/** Scores one row by metrics that need no model. */
export async function scoreRow({
  row,
  metrics,
  ...options
}: { row: ScoreRow; metrics: readonly string[] } & Pick<AlignOptions, "tokenizer" | "stem">): Promise<CorpusMetric[]> {
  return await scoreCorpus([row], { metrics: metrics.map(metricFor), ...options });
}

/** What a metric matched in two texts. */
export function alignTexts({
  metric,
  candidate,
  reference,
  ...options
}: { metric: string; candidate: string; reference: string } & AlignOptions): PairAlignment {
  return alignPair(metric, candidate, reference, options);
}
