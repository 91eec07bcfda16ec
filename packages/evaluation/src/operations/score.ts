import { operation } from "@loam/core";
import { z } from "zod";
import type { CorpusMetric } from "../corpus/score-corpus.ts";
import type { ScoreRow } from "../metrics/metric.ts";

/** Texts of this length are a book; alignments have limits of their own. */
export const ScoredText = z.string().max(200_000);

export const TokenizerChoice = z
  .enum(["auto", "rouge_score", "rouge_score+porter", "characters", "words"])
  .default("auto")
  .describe("how texts are cut into tokens; `auto` goes by their script");

/** The metrics that compare two texts without a model. */
const usual = [
  ...["rouge1", "rouge2", "rouge3", "rougeL", "rougeLsum", "rougeS4", "rougeSU4", "rougeW-1.2"],
  ...["bleu", "chrf", "ter", "exactMatch", "answerF1"],
];

/** What scores one row by metrics that are known by name. */
export interface RowScorer {
  score(
    row: ScoreRow,
    options: {
      metrics: readonly string[];
      tokenizer?: z.infer<typeof TokenizerChoice>;
      stem?: boolean;
      signal: AbortSignal;
    },
  ): Promise<CorpusMetric[]>;
}

export const ScoreInput = z.strictObject({
  candidate: ScoredText.describe("the text to score"),
  references: z.array(ScoredText).min(1).max(8).describe("texts that are right; the best counts"),
  source: ScoredText.optional().describe("what both were made from, for metrics that need it"),
  metrics: z
    .array(z.string().min(1).max(40))
    .min(1)
    .max(40)
    .default(usual)
    .describe("names of metrics: rouge1, rougeL, bleu, chrf, bertscore, …"),
  tokenizer: TokenizerChoice,
  stem: z.boolean().default(false).describe("Porter's stemmer before ROUGE"),
});

export const scoreOperation = operation({
  name: "score",
  summary: "Score one text against its references: ROUGE, BLEU, chrF, BERTScore and others",
  lasts: "moment",
  input: ScoreInput,
  run: (scorer: RowScorer, { candidate, references, source, ...options }, { signal }) =>
    scorer.score(
      { prediction: candidate, references, ...(source !== undefined && { source }) },
      { ...options, signal },
    ),
});
