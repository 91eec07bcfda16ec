import { ArgumentError } from "@loam/core";
import { splitWords, trimEnd } from "../text/python-whitespace.ts";
import { type Counts, countGrams } from "./count-grams.ts";
import { type BleuTokenizer, bleuTokenizer } from "./tokenizers.ts";

export interface BleuOptions {
  tokenize?: BleuTokenizer;
  lowercase?: boolean;
  /** Chen and Cherry 2014: `floor` is their method 1, `add-k` 2, `exp` 3 (that of mteval-v13a). */
  smoothMethod?: "exp" | "floor" | "add-k" | "none";
  /** For `floor` (0.1 when left out) and `add-k` (1). */
  smoothValue?: number;
  maxNgramOrder?: number;
  /** Stop at the highest order the hypothesis has n-grams of; meant for single sentences. */
  effectiveOrder?: boolean;
}

export interface BleuScore {
  /** In [0, 100], higher is better. */
  score: number;
  /** Matching and total n-grams by order, after `add-k` if chosen. */
  counts: number[];
  totals: number[];
  /** Percent, by order. */
  precisions: number[];
  brevityPenalty: number;
  hypothesisLength: number;
  /** Sum of the reference lengths closest to each hypothesis. */
  referenceLength: number;
  /** As sacrebleu prints it, so that a score can be reproduced. */
  signature: string;
}

/** BLEU of one sentence (Papineni et al. 2002), with effective order; equal to sacrebleu's `sentence_bleu`. */
export function sentenceBleu(hypothesis: string, references: readonly string[], options: BleuOptions = {}): BleuScore {
  return corpusBleu([hypothesis], [references], { effectiveOrder: true, ...options });
}

/**
 * BLEU of a corpus (Papineni et al. 2002): n-gram counts are pooled over sentences before precision is taken.
 * Equal to sacrebleu's `corpus_bleu`; without a single match it is 0.
 *
 * @param references one list per hypothesis; lists may differ in length
 */
export function corpusBleu(
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  options: BleuOptions = {},
): BleuScore {
  const { tokenize = "13a", lowercase = false, maxNgramOrder = 4 } = options;
  checkPairing(hypotheses, references);
  const tokenizer = bleuTokenizer(tokenize);
  const words = (text: string): string[] => splitWords(tokenizer(trimEnd(lowercase ? text.toLowerCase() : text)));
  const counts = new Array<number>(maxNgramOrder).fill(0);
  const totals = new Array<number>(maxNgramOrder).fill(0);
  let hypothesisLength = 0;
  let referenceLength = 0;
  hypotheses.forEach((hypothesis, i) => {
    const tokens = words(hypothesis);
    const others = references[i]!.map(words);
    hypothesisLength += tokens.length;
    referenceLength += closestLength(tokens.length, others);
    for (let n = 1; n <= maxNgramOrder; n++) {
      const limits = largestCounts(others.map((other) => countGrams(other, n)));
      for (const [gram, count] of countGrams(tokens, n)) counts[n - 1]! += Math.min(count, limits.get(gram) ?? 0);
      totals[n - 1]! += Math.max(0, tokens.length - n + 1);
    }
  });
  const mostReferences = Math.max(0, ...references.map((list) => list.length));
  return {
    ...bleuOfCounts(counts, totals, hypothesisLength, referenceLength, options),
    signature: signature(mostReferences, options),
  };
}

function bleuOfCounts(
  counts: number[],
  totals: number[],
  hypothesisLength: number,
  referenceLength: number,
  { smoothMethod = "exp", smoothValue = smoothMethod === "floor" ? 0.1 : 1, effectiveOrder = false }: BleuOptions,
): Omit<BleuScore, "signature"> {
  const orders = counts.length;
  const brevityPenalty =
    hypothesisLength >= referenceLength
      ? 1
      : hypothesisLength > 0
        ? Math.exp(1 - referenceLength / hypothesisLength)
        : 0;
  const precisions = new Array<number>(orders).fill(0);
  const shared = { counts, totals, precisions, brevityPenalty, hypothesisLength, referenceLength };
  if (counts.every((count) => count === 0)) return { score: 0, ...shared };
  let halving = 1;
  let order = orders;
  for (let i = 0; i < orders; i++) {
    if (smoothMethod === "add-k" && i > 0) {
      counts[i]! += smoothValue;
      totals[i]! += smoothValue;
    }
    if (totals[i] === 0) break;
    if (effectiveOrder) order = i + 1;
    if (counts[i]! > 0) precisions[i] = (100 * counts[i]!) / totals[i]!;
    else if (smoothMethod === "exp") precisions[i] = 100 / ((halving *= 2) * totals[i]!);
    else if (smoothMethod === "floor") precisions[i] = (100 * smoothValue) / totals[i]!;
  }
  const used = precisions.slice(0, order);
  // A zero precision without smoothing makes the geometric mean zero.
  const score = used.some((p) => p === 0)
    ? 0
    : brevityPenalty * Math.exp(used.reduce((sum, p) => sum + Math.log(p), 0) / order);
  return { score, ...shared };
}

/** The reference length nearest to the hypothesis', the shorter one on a tie. */
function closestLength(length: number, references: readonly (readonly string[])[]): number {
  let best = Number.POSITIVE_INFINITY;
  for (const { length: other } of references) {
    const distance = Math.abs(other - length) - Math.abs(best - length);
    if (best === Number.POSITIVE_INFINITY || distance < 0 || (distance === 0 && other < best)) best = other;
  }
  return best;
}

function largestCounts(all: readonly Counts[]): Counts {
  const largest: Counts = new Map();
  for (const counts of all)
    for (const [gram, count] of counts) largest.set(gram, Math.max(largest.get(gram) ?? 0, count));
  return largest;
}

function signature(references: number, options: BleuOptions): string {
  const { tokenize = "13a", lowercase = false, smoothMethod = "exp", effectiveOrder = false } = options;
  const value = options.smoothValue ?? (smoothMethod === "floor" ? 0.1 : 1);
  const smooth =
    smoothMethod === "floor" || smoothMethod === "add-k" ? `${smoothMethod}[${value.toFixed(2)}]` : smoothMethod;
  return `nrefs:${references}|case:${lowercase ? "lc" : "mixed"}|eff:${effectiveOrder ? "yes" : "no"}|tok:${tokenize}|smooth:${smooth}`;
}

/**
 * Every hypothesis needs at least one reference.
 *
 * @throws {ArgumentError} unless every hypothesis has at least one reference.
 */
export function checkPairing(hypotheses: readonly string[], references: readonly (readonly string[])[]): void {
  if (hypotheses.length !== references.length) {
    const first = Math.min(hypotheses.length, references.length) + 1;
    throw new ArgumentError(
      "references",
      `${references.length} lists`,
      `${hypotheses.length}, one per hypothesis`,
      `line ${first} is the first without a partner`,
    );
  }
  const empty = references.findIndex((list) => list.length === 0);
  if (empty >= 0)
    throw new ArgumentError(`references[${empty}]`, [], "at least one reference", `line ${empty + 1} has none`);
}
