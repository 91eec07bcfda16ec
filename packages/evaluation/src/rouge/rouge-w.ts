import { ArgumentError } from "@loam/core";
import { fMeasure, type PrfScore } from "../scores/prf.ts";

/**
 * ROUGE-W (Lin 2004 §4, equations 11–13): a longest common subsequence in which a stretch of k consecutive matches is
 * worth k^weight. In [0, 1], higher is better, an empty side scores 0, equal texts score 1.
 */
export function rougeW(hypothesis: readonly string[], reference: readonly string[], weight = 1.2): PrfScore {
  checkWeight(weight);
  if (hypothesis.length === 0 || reference.length === 0) return { precision: 0, recall: 0, f: 0 };
  const value = weightedLcsValue(reference, hypothesis, weight);
  const recall = (value / reference.length ** weight) ** (1 / weight);
  const precision = (value / hypothesis.length ** weight) ** (1 / weight);
  return { precision, recall, f: fMeasure(precision, recall) };
}

/**
 * ROUGE-W as the original script ROUGE-1.5.5 computes it, line by line. Its recall divides by f(Σ f(line length)), f
 * applied twice, so equal texts score below 1: use it to compare with published numbers, {@link rougeW} otherwise.
 */
export function rougeW155(
  hypothesisLines: readonly (readonly string[])[],
  referenceLines: readonly (readonly string[])[],
  weight = 1.2,
): PrfScore {
  const { hits, base, size } = rougeW155Counts(hypothesisLines, referenceLines, weight);
  const recall = base > 0 ? (hits / base ** weight) ** (1 / weight) : 0;
  const precision = size > 0 ? (hits / size ** weight) ** (1 / weight) : 0;
  return { precision, recall, f: fMeasure(precision, recall) };
}

/** Weighted hits, Σ (line length)^weight of the reference, and the number of hypothesis tokens. */
export function rougeW155Counts(
  hypothesisLines: readonly (readonly string[])[],
  referenceLines: readonly (readonly string[])[],
  weight: number,
): { hits: number; base: number; size: number } {
  checkWeight(weight);
  const referenceLeft = countTokens(referenceLines);
  const hypothesisLeft = countTokens(hypothesisLines);
  const size = hypothesisLines.reduce((sum, line) => sum + line.length, 0);
  let hits = 0;
  let base = 0;
  for (const line of referenceLines) {
    base += line.length ** weight;
    const marked = new Uint8Array(line.length);
    for (const other of hypothesisLines) markWeightedPath(line, other, weight, marked);
    let stretch = 0;
    for (let i = 0; i < line.length; i++) {
      const token = line[i]!;
      const inReference = referenceLeft.get(token) ?? 0;
      const inHypothesis = hypothesisLeft.get(token) ?? 0;
      if (marked[i] === 0 || inReference === 0 || inHypothesis === 0) continue;
      stretch++;
      if (i + 1 === line.length || marked[i + 1] === 0) {
        hits += stretch ** weight;
        stretch = 0;
      }
      referenceLeft.set(token, inReference - 1);
      hypothesisLeft.set(token, inHypothesis - 1);
    }
  }
  return { hits, base, size };
}

function checkWeight(weight: number): void {
  if (!(weight >= 1)) throw new ArgumentError("weight", weight, "a number from 1", "use 1.2; 1 is ROUGE-L");
}

/**
 * The dynamic programme of Lin 2004 §4, tables [m+1, n+1]: `score` is the weighted LCS of the prefixes, `run` the number
 * of consecutive matches that end there.
 */
function weightedLcs(reference: readonly string[], hypothesis: readonly string[], weight: number) {
  const width = hypothesis.length + 1;
  const score = new Float64Array((reference.length + 1) * width);
  const run = new Int32Array((reference.length + 1) * width);
  const worth = Float64Array.from({ length: Math.min(reference.length, hypothesis.length) + 1 }, (_, k) => k ** weight);
  for (let i = 1; i <= reference.length; i++) {
    for (let j = 1; j <= hypothesis.length; j++) {
      const here = i * width + j;
      if (reference[i - 1] === hypothesis[j - 1]) {
        const k = run[here - width - 1]!;
        score[here] = score[here - width - 1]! + worth[k + 1]! - worth[k]!;
        run[here] = k + 1;
      } else score[here] = Math.max(score[here - width]!, score[here - 1]!);
    }
  }
  return { score, run };
}

/** The last cell of {@link weightedLcs}, kept in one row: memory grows with one length only. */
function weightedLcsValue(reference: readonly string[], hypothesis: readonly string[], weight: number): number {
  const score = new Float64Array(hypothesis.length + 1);
  const run = new Int32Array(hypothesis.length + 1);
  const worth = Float64Array.from({ length: Math.min(reference.length, hypothesis.length) + 1 }, (_, k) => k ** weight);
  for (const token of reference) {
    let diagonal = 0; // the cell to the upper left, before it is overwritten
    let runOfDiagonal = 0;
    for (let j = 1; j <= hypothesis.length; j++) {
      const above = score[j]!;
      const runAbove = run[j]!;
      if (token === hypothesis[j - 1]) {
        score[j] = diagonal + worth[runOfDiagonal + 1]! - worth[runOfDiagonal]!;
        run[j] = runOfDiagonal + 1;
      } else {
        score[j] = Math.max(above, score[j - 1]!);
        run[j] = 0;
      }
      diagonal = above;
      runOfDiagonal = runAbove;
    }
  }
  return score[hypothesis.length]!;
}

/** The weighted LCS of two sequences and the pairs of positions on its path, in order. */
export function weightedLcsPath(
  hypothesis: readonly string[],
  reference: readonly string[],
  weight: number,
): { value: number; pairs: [hypothesis: number, reference: number][] } {
  checkWeight(weight);
  const { score } = weightedLcs(reference, hypothesis, weight);
  const pairs: [number, number][] = [];
  walkWeightedPath(reference, hypothesis, score, (i, j) => pairs.push([j, i]));
  return { value: score.at(-1)!, pairs: pairs.reverse() };
}

/** Marks reference positions on one best path; a tie goes to the shorter reference prefix, as in ROUGE-1.5.5. */
function markWeightedPath(
  reference: readonly string[],
  hypothesis: readonly string[],
  weight: number,
  marked: Uint8Array,
): void {
  const { score } = weightedLcs(reference, hypothesis, weight);
  walkWeightedPath(reference, hypothesis, score, (i) => (marked[i] = 1));
}

function walkWeightedPath(
  reference: readonly string[],
  hypothesis: readonly string[],
  score: Float64Array,
  visit: (i: number, j: number) => void,
): void {
  const width = hypothesis.length + 1;
  let i = reference.length;
  let j = hypothesis.length;
  while (i > 0 && j > 0) {
    if (reference[i - 1] === hypothesis[j - 1]) visit(--i, --j);
    else if (score[(i - 1) * width + j]! >= score[i * width + j - 1]!) i--;
    else j--;
  }
}

function countTokens(lines: readonly (readonly string[])[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) for (const token of line) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}
