import { ArgumentError, nearestName } from "@loam/core";
import type { BertScorer } from "../bertscore/bert-scorer.ts";
import type { MetricContext } from "../metrics/metric.ts";
import { bleuTokenizerFor, chooseTokenizer } from "../metrics/text-metrics.ts";
import { weightedLcsPath } from "../rouge/rouge-w.ts";
import { fMeasure, prf } from "../scores/prf.ts";
import type { LocatingTokenizer, TokenSpan } from "../text/tokenizers.ts";
import { sentenceBleu } from "../translation/bleu.ts";
import { chrfStatistics } from "../translation/chrf.ts";
import { editAlignment } from "../translation/translation-edits.ts";
import { locateAnswerWords, locateBleuTokens, locateCharacters, locatePieces, locateWords } from "./locate-tokens.ts";
import { matchLines, matchNgrams, matchSkipBigrams, matchSubsequence } from "./match-tokens.ts";
import type { AlignedMatch, PairAlignment } from "./pair-alignment.ts";

export interface AlignOptions extends Pick<MetricContext, "tokenizer" | "stem"> {
  /** Which n-grams of BLEU and chrF are listed; left out, the longest that match. */
  order?: number;
  /** Most matches listed; the rest is counted. */
  maxMatches?: number;
}

/** Longest texts that are aligned: tables grow with the product of their lengths. */
const maxTokens = 4000;

/** Metrics that {@link alignPair} knows, the usual members of families with a parameter. */
export const alignedMetrics: readonly string[] = [
  ...["rouge1", "rouge2", "rouge3", "rougeL", "rougeLsum", "rougeS4", "rougeSU4", "rougeW-1.2"],
  ...["bleu", "chrf", "ter", "answerF1"],
];

/**
 * What a metric compares in a pair of texts, and what it takes for the same: the counts are those of the score. Places are
 * in the texts as they were given, whatever the tokenizer makes of them.
 *
 * @throws {ArgumentError} for a metric without an alignment, with the nearest that has one; for texts of over 4000 tokens.
 */
export function alignPair(
  metric: string,
  hypothesis: string,
  reference: string,
  { order, maxMatches = 4000, ...options }: AlignOptions = {},
): PairAlignment {
  const found = alignmentOf(metric, hypothesis, reference, { ...options, order });
  const omitted = Math.max(0, found.matches.length - maxMatches);
  return { ...found, metric, matches: found.matches.slice(0, maxMatches), omitted };
}

type Found = Omit<PairAlignment, "metric" | "omitted">;

function alignmentOf(metric: string, hypothesis: string, reference: string, options: AlignOptions): Found {
  if (metric === "bleu") return alignBleu(hypothesis, reference, options);
  if (metric === "chrf") return alignChrf(hypothesis, reference, options);
  if (metric === "ter") return alignTer(hypothesis, reference);
  if (metric === "answerF1" || metric === "exactMatch") {
    const sides = checked(locateAnswerWords(hypothesis), locateAnswerWords(reference));
    return { ...sides, tokenizer: "squad", ...counted(sides, matchNgrams(sides.hypothesis, sides.reference, 1), 1) };
  }
  const [, ngram, lcs, skip, gap, weight] =
    /^rouge(?:([1-9])|(L|Lsum)|(SU?)(\d+|\*)|W-(\d+(?:\.\d+)?))$/.exec(metric) ?? [];
  if (!ngram && !lcs && !skip && !weight) {
    const near = nearestName(metric, alignedMetrics);
    throw new ArgumentError("metric", metric, `one of ${alignedMetrics.join(", ")}`, near && `did you mean "${near}"?`);
  }
  const tokenizer = chooseTokenizer([{ prediction: hypothesis, references: [reference] }], options);
  const sides = checked(tokenizer.locate(hypothesis), tokenizer.locate(reference));
  const common = { ...sides, tokenizer: tokenizer.name };
  if (ngram) {
    const n = Number(ngram);
    return { ...common, ...counted(sides, matchNgrams(sides.hypothesis, sides.reference, n), n) };
  }
  if (lcs === "L") return { ...common, ...counted(sides, matchSubsequence(sides.hypothesis, sides.reference), 1) };
  if (lcs === "Lsum") return { tokenizer: tokenizer.name, ...alignLines(tokenizer, hypothesis, reference) };
  if (skip) {
    const maxGap = gap === "*" ? "unlimited" : Number(gap);
    const found = matchSkipBigrams(sides.hypothesis, sides.reference, { maxGap, unigrams: skip === "SU" });
    const { matches, hypothesisTotal, referenceTotal } = found;
    const overlap = matches.length;
    const parts = { overlap, hypothesisTotal, referenceTotal };
    return { ...common, matches, parts, score: prf(overlap, hypothesisTotal, referenceTotal) };
  }
  return { ...common, ...alignWeighted(sides, Number(weight)) };
}

interface Sides {
  hypothesis: TokenSpan[];
  reference: TokenSpan[];
}

function checked(hypothesis: TokenSpan[], reference: TokenSpan[]): Sides {
  for (const [name, { length }] of Object.entries({ hypothesis, reference }))
    if (length > maxTokens)
      throw new ArgumentError(
        name,
        `${length} tokens`,
        `at most ${maxTokens}`,
        "align a part of it; scores have no limit",
      );
  return { hypothesis, reference };
}

/** Matches of n-grams with the counts and scores they lead to. */
function counted({ hypothesis, reference }: Sides, matches: AlignedMatch[], n: number) {
  const hypothesisTotal = Math.max(0, hypothesis.length - n + 1);
  const referenceTotal = Math.max(0, reference.length - n + 1);
  const overlap = matches.length;
  return {
    matches,
    parts: { overlap, hypothesisTotal, referenceTotal },
    score: prf(overlap, hypothesisTotal, referenceTotal),
  };
}

function alignLines(tokenizer: LocatingTokenizer, hypothesis: string, reference: string): Omit<Found, "tokenizer"> {
  const left = linesOf(tokenizer, hypothesis);
  const right = linesOf(tokenizer, reference);
  const sides = checked(left.tokens, right.tokens);
  return { ...sides, ...counted(sides, matchLines(left.tokens, right.tokens, left.lines, right.lines), 1) };
}

/** Tokens line by line, since a tokenizer may see a whole text in another way. */
function linesOf(tokenizer: LocatingTokenizer, text: string): { tokens: TokenSpan[]; lines: number[][] } {
  const tokens: TokenSpan[] = [];
  const lines: number[][] = [];
  let offset = 0;
  for (const line of text.split("\n")) {
    const own = tokenizer.locate(line);
    if (line.length > 0) lines.push(own.map((_, i) => tokens.length + i));
    tokens.push(...own.map(({ token, start, end }) => ({ token, start: offset + start, end: offset + end })));
    offset += line.length + 1;
  }
  return { tokens, lines };
}

function alignWeighted(sides: Sides, weight: number): Pick<Found, "matches" | "parts" | "score"> {
  const [left, right] = [sides.hypothesis, sides.reference].map((tokens) => tokens.map(({ token }) => token));
  const { value, pairs } = weightedLcsPath(left!, right!, weight);
  const share = (length: number) => (length > 0 ? (value / length ** weight) ** (1 / weight) : 0);
  const precision = share(left!.length);
  const recall = share(right!.length);
  return {
    matches: pairs.map(([i, j]) => ({ hypothesis: [i], reference: [j] })),
    parts: { value, weight, hypothesisTotal: left!.length, referenceTotal: right!.length },
    score: { precision, recall, f: fMeasure(precision, recall) },
  };
}

function alignBleu(hypothesis: string, reference: string, { order }: AlignOptions): Found {
  const tokenize = bleuTokenizerFor([reference]);
  const sides = checked(locateBleuTokens(hypothesis, tokenize), locateBleuTokens(reference, tokenize));
  const bleu = sentenceBleu(hypothesis, [reference], { tokenize });
  const orders = bleu.counts.map((match, i) => ({ order: i + 1, match, hypothesis: bleu.totals[i]! }));
  const shown = order ?? longestMatch(orders);
  const { brevityPenalty, hypothesisLength, referenceLength, score } = bleu;
  return {
    ...sides,
    tokenizer: tokenize,
    matches: matchNgrams(sides.hypothesis, sides.reference, shown),
    parts: { brevityPenalty, hypothesisLength, referenceLength, score },
    orders,
    order: shown,
  };
}

function alignChrf(hypothesis: string, reference: string, { order }: AlignOptions): Found {
  const sides = checked(locateCharacters(hypothesis), locateCharacters(reference));
  const orders = chrfStatistics(hypothesis, reference).map((counts, i) => ({ order: i + 1, ...counts }));
  const shown = order ?? longestMatch(orders);
  const present = orders.filter((counts) => counts.hypothesis > 0 && counts.reference > 0);
  const mean = (of: "hypothesis" | "reference") =>
    present.length === 0 ? 0 : present.reduce((sum, counts) => sum + counts.match / counts[of], 0) / present.length;
  const [precision, recall] = [mean("hypothesis"), mean("reference")];
  const weighted = 4 * precision + recall;
  return {
    ...sides,
    tokenizer: "characters without white space",
    matches: matchNgrams(sides.hypothesis, sides.reference, shown),
    parts: { precision, recall, beta: 2, score: weighted > 0 ? (100 * 5 * precision * recall) / weighted : 0 },
    orders,
    order: shown,
  };
}

const longestMatch = (orders: readonly { order: number; match: number }[]): number =>
  orders.findLast(({ match }) => match > 0)?.order ?? 1;

function alignTer(hypothesis: string, reference: string): Found {
  const sides = checked(locateWords(hypothesis), locateWords(reference));
  const { pairs, ...parts } = editAlignment(
    sides.hypothesis.map(({ token }) => token),
    sides.reference.map(({ token }) => token),
  );
  const matches = pairs.map(({ hypothesis: i, reference: j, same, shifted }): AlignedMatch => {
    const kind = !same ? "substituted" : shifted ? "shifted" : undefined;
    return { hypothesis: [i], reference: [j], ...(kind && { kind }) };
  });
  return { ...sides, tokenizer: "white space", matches, parts: { ...parts, referenceLength: sides.reference.length } };
}

/** BERTScore's greedy matches of a pair, in both directions, and the cosine of every two tokens. */
export async function alignBertScore(
  scorer: BertScorer,
  hypothesis: string,
  reference: string,
  options: { signal?: AbortSignal } = {},
): Promise<PairAlignment> {
  const found = await scorer.align(hypothesis, reference, options);
  const columns = found.referenceTokens.length;
  const sides = checked(
    locatePieces(hypothesis, found.hypothesisTokens),
    locatePieces(reference, found.referenceTokens),
  );
  const listed = (i: number, j: number, cosine: number): AlignedMatch => ({ hypothesis: [i], reference: [j], cosine });
  return {
    metric: "bertscore",
    tokenizer: scorer.hash,
    ...sides,
    // Each token's best partner: precision's first, then recall's.
    matches: [
      ...found.hypothesis.flatMap(({ match, cosine }, i) => (match < 0 ? [] : [listed(i, match, cosine)])),
      ...found.reference.flatMap(({ match, cosine }, j) => (match < 0 ? [] : [listed(match, j, cosine)])),
    ],
    omitted: 0,
    parts: { hypothesisTotal: found.hypothesisTokens.length, referenceTotal: columns },
    score: found.score,
    cosines: found.hypothesisTokens.map((_, i) => [...found.cosines.subarray(i * columns, (i + 1) * columns)]),
  };
}
