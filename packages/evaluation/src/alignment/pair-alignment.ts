import type { PrfScore } from "../scores/prf.ts";
import type { TokenSpan } from "../text/tokenizers.ts";

/** Tokens that a metric takes for the same on both sides, by their positions among the tokens. */
export interface AlignedMatch {
  hypothesis: number[];
  reference: number[];
  /** In TER: a word replaced by another, or one that was moved first. */
  kind?: "substituted" | "shifted";
  /** In BERTScore: how similar the two are. */
  cosine?: number;
}

/** How often n-grams of one order match. */
export interface OrderCounts {
  order: number;
  match: number;
  hypothesis: number;
  /** Left out where the metric does not count them. */
  reference?: number;
}

/** What a score rests on: tokens with their places in both texts, and which of them match. */
export interface PairAlignment {
  metric: string;
  /** What made the tokens; part of the score's signature. */
  tokenizer: string;
  hypothesis: TokenSpan[];
  reference: TokenSpan[];
  matches: AlignedMatch[];
  /** Matches beyond those listed. */
  omitted: number;
  /** The numbers that stand in the metric's formula. */
  parts: Record<string, number>;
  /** In [0, 1], where the metric has them. */
  score?: PrfScore;
  /** BLEU and chrF: all orders; the matches listed are those of `order`. */
  orders?: OrderCounts[];
  order?: number;
  /** BERTScore: the cosine of every pair of tokens, a row for each of the hypothesis. */
  cosines?: number[][];
}
