import type { LanguageModelV4 } from "@ai-sdk/provider";
import type { OnProgress } from "@loam/core";
import type { TokenUsage } from "@loam/observe";
import type { Assertion } from "../assertions/assertion.ts";
import type { BertScoreOptions } from "../bertscore/bert-scorer.ts";
import type { TokenEncoder } from "../bertscore/token-encoder.ts";
import type { Place } from "../retrieval/place.ts";
import type { TextEmbedder } from "../similarity/embedding-cosine.ts";
import type { TokenizerName } from "../text/tokenizers.ts";

/** What metrics look at: a prediction and what it is held against. */
export interface ScoreRow {
  prediction: string;
  /** Texts the prediction should be like; for exact match, all answers that are right. */
  references: readonly string[];
  /** What was summarised. */
  source?: string;
  /** What was asked. */
  question?: string;
  /** Passages an answer was made from, best first. */
  contexts?: readonly string[];
  /** Where each of the contexts stands; a passage over a page break has two places. */
  places?: readonly (readonly Place[])[];
  /** Places that the answer cites. */
  citations?: readonly Place[];
  /** Places that hold the right answer; one of them is enough. */
  goldPlaces?: readonly Place[];
  /** How sure the prediction is said to be, from 0 to 1. */
  confidence?: number;
  /** What is asserted of this row's prediction. */
  assertions?: readonly Assertion[];
}

export type MetricNeed =
  | "reference"
  | "source"
  | "question"
  | "contexts"
  | "goldPlaces"
  | "confidence"
  | "assertions"
  | "embedder"
  | "tokenEncoder"
  | "judge"
  | "jsonSchema";

/** What metrics are given besides the rows. */
export interface MetricContext {
  /** For ROUGE, lengths and n-grams: a name, or `auto` to tell by the script of the texts. */
  tokenizer?: TokenizerName | "auto";
  /** Porter stems in ROUGE. */
  stem?: boolean;
  /** Several references in ROUGE. */
  aggregate?: "max" | "mean";
  embedder?: TextEmbedder;
  tokenEncoder?: TokenEncoder;
  bertScore?: BertScoreOptions;
  judge?: LanguageModelV4;
  /** What the `rubric` judge looks for. */
  rubric?: string;
  jsonSchema?: object;
  /** Judges' calls at a time. */
  concurrency?: number;
  /** How often a judge's answer that breaks the schema is asked for again. */
  retries?: number;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/** A row that could not be scored. It is counted, left out of the means, and never a number. */
export interface RowFailure {
  /** Position among the rows given. */
  row: number;
  reason: string;
}

export interface MetricScores {
  /** One per row; null where the row failed. */
  values: (number | null)[];
  /** The corpus's score; null where every row failed. Left out, the mean of the values. */
  value?: number | null;
  /** Precision and recall by row, where the metric has them. */
  parts?: Record<string, (number | null)[]>;
  /** What each row's score rests on: claims, reasons, errors. */
  details?: unknown[];
  /** What the numbers depend on: tokenizer, model, layer, version. */
  signature: string;
  failures?: RowFailure[];
  usage?: TokenUsage;
  notes?: string[];
}

/** A metric by name. */
export interface Metric {
  readonly name: string;
  readonly summary: string;
  readonly range: readonly [low: number, high: number];
  /** `none` for descriptions such as lengths. */
  readonly direction: "higher" | "lower" | "none";
  readonly needs: readonly MetricNeed[];
  /** `row`: each row is scored by itself, and costs enough to be kept. `corpus`: scored all together. */
  readonly grain: "row" | "corpus";
  /** Scored in one pass over the rows with the others of its family. */
  readonly family?: MetricFamily;
  score(rows: readonly ScoreRow[], context: MetricContext): Promise<MetricScores> | MetricScores;
}

/** Metrics that share what is costly to make, such as tokens. */
export interface MetricFamily {
  /** @returns for each member what its own `score` would. */
  score(members: readonly Metric[], rows: readonly ScoreRow[], context: MetricContext): MetricScores[];
}

/** Scores rows with several metrics, families in one pass. @returns one result per metric, in their order. */
export async function scoreTogether(
  metrics: readonly Metric[],
  rows: readonly ScoreRow[],
  context: MetricContext,
): Promise<MetricScores[]> {
  const results = new Map<Metric, MetricScores>();
  for (const metric of metrics) {
    if (results.has(metric)) continue;
    const { family } = metric;
    if (!family) {
      results.set(metric, await metric.score(rows, context));
      continue;
    }
    const members = metrics.filter((other) => other.family === family);
    for (const [i, scores] of family.score(members, rows, context).entries()) results.set(members[i]!, scores);
  }
  return metrics.map((metric) => results.get(metric)!);
}
