import { ArgumentError, Rng } from "@loam/core";
import { type BootstrapOptions, type Interval, intervalOfDraws } from "./bootstrap.ts";

export interface PairedComparison {
  /** Mean of a − b. */
  difference: number;
  /** Confidence interval of the difference. */
  interval: Interval;
  /** Two-sided p-value of the hypothesis that a and b do not differ. */
  pValue: number;
  wins: number;
  losses: number;
  ties: number;
}

/**
 * Paired bootstrap test of two systems scored on the same rows (Koehn 2004): the p-value is twice the share of resamples
 * in which the sign of the difference turns.
 */
export function pairedBootstrap(
  a: readonly number[],
  b: readonly number[],
  { confidence = 0.95, samples = 10_000, seed = 0 }: BootstrapOptions = {},
): PairedComparison {
  const differences = pairedDifferences(a, b);
  const rng = new Rng(seed);
  const draws = Array.from({ length: samples }, () =>
    Int32Array.from(differences, () => rng.integer(differences.length)),
  );
  const difference = meanOf(differences);
  let turned = 0;
  for (const draw of draws) {
    let sum = 0;
    for (const i of draw) sum += differences[i]!;
    if (sum * Math.sign(difference) <= 0) turned++;
  }
  return {
    difference,
    interval: intervalOfDraws(differences, draws, confidence),
    pValue: Math.min(1, (2 * (turned + 1)) / (samples + 1)),
    ...outcomes(differences),
  };
}

/**
 * Paired permutation test (Fisher's randomisation): signs of the differences are flipped at random, all of them where there
 * are at most `samples` ways; the p-value is the share at least as large as what was seen.
 */
export function permutationTest(
  a: readonly number[],
  b: readonly number[],
  { samples = 10_000, seed = 0 }: { samples?: number; seed?: number } = {},
): { difference: number; pValue: number; exact: boolean } {
  const differences = pairedDifferences(a, b);
  const seen = Math.abs(differences.reduce((sum, d) => sum + d, 0));
  const slack = 1e-12 * differences.reduce((sum, d) => sum + Math.abs(d), 0);
  const exact = 2 ** differences.length <= samples;
  const rng = new Rng(seed);
  const rounds = exact ? 2 ** differences.length : samples;
  let extreme = exact ? 0 : 1;
  for (let round = 0; round < rounds; round++) {
    let sum = 0;
    for (let i = 0; i < differences.length; i++) {
      const flip = exact ? (round >>> i) & 1 : rng.uint32() & 1;
      sum += flip ? -differences[i]! : differences[i]!;
    }
    if (Math.abs(sum) >= seen - slack) extreme++;
  }
  return { difference: meanOf(differences), pValue: extreme / (exact ? rounds : rounds + 1), exact };
}

function pairedDifferences(a: readonly number[], b: readonly number[]): number[] {
  if (a.length !== b.length || a.length === 0) {
    throw new ArgumentError("b", `${b.length} scores`, `${a.length}, one per score of a, and at least one`);
  }
  return a.map((score, i) => score - b[i]!);
}

function outcomes(differences: readonly number[]): { wins: number; losses: number; ties: number } {
  const wins = differences.filter((d) => d > 0).length;
  const losses = differences.filter((d) => d < 0).length;
  return { wins, losses, ties: differences.length - wins - losses };
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
