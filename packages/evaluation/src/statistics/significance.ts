import { ArgumentError, Rng, runAtOnce } from "@loam/core";
import { type BootstrapOptions, type Interval, intervalOfMeans } from "./bootstrap.ts";

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
  options: BootstrapOptions = {},
): PairedComparison {
  return runAtOnce(pairedBootstrapSteps([pairedDifferences(a, b)], options))[0]!;
}

/**
 * {@link pairedBootstrap} of several metrics over equally many rows, in steps of a resample: each resample is drawn once and
 * serves them all, so that a metric more costs an addition a row.
 *
 * @param differences a − b by row, one list a metric
 */
export function* pairedBootstrapSteps(
  differences: readonly Float64Array[],
  { confidence = 0.95, samples = 10_000, seed = 0 }: BootstrapOptions = {},
): Generator<void, PairedComparison[]> {
  const rows = differences[0]?.length ?? 0;
  const rng = new Rng(seed);
  const draw = new Int32Array(rows);
  const means = differences.map(() => new Float64Array(samples));
  for (let sample = 0; sample < samples; sample++) {
    // Uniform but for a share of rows / 2³².
    for (let i = 0; i < rows; i++) draw[i] = Math.floor((rng.uint32() * rows) / 2 ** 32);
    for (const [m, values] of differences.entries()) {
      let sum = 0;
      for (let i = 0; i < rows; i++) sum += values[draw[i]!]!;
      means[m]![sample] = sum / rows;
    }
    yield;
  }
  return differences.map((values, m) => {
    const difference = meanOf(values);
    const sign = Math.sign(difference);
    let turned = 0;
    for (const mean of means[m]!) if (mean * sign <= 0) turned++;
    return {
      difference,
      interval: intervalOfMeans(means[m]!, confidence),
      pValue: Math.min(1, (2 * (turned + 1)) / (samples + 1)),
      ...outcomes(values),
    };
  });
}

/** What a permutation test says. */
export interface PermutationResult {
  difference: number;
  pValue: number;
  exact: boolean;
}

/**
 * Paired permutation test (Fisher's randomisation): signs of the differences are flipped at random, all of them where there
 * are at most `samples` ways; the p-value is the share at least as large as what was seen.
 */
export function permutationTest(
  a: readonly number[],
  b: readonly number[],
  options: { samples?: number; seed?: number } = {},
): PermutationResult {
  return runAtOnce(permutationSteps(pairedDifferences(a, b), options));
}

/**
 * {@link permutationTest} in steps of a round. The sums of every way to flip eight rows are made once, so that a round looks
 * one up for every eight rows.
 */
export function* permutationSteps(
  differences: Float64Array,
  { samples = 10_000, seed = 0 }: { samples?: number; seed?: number } = {},
): Generator<void, PermutationResult> {
  const seen = Math.abs(differences.reduce((sum, d) => sum + d, 0));
  const slack = 1e-12 * differences.reduce((sum, d) => sum + Math.abs(d), 0);
  const exact = 2 ** differences.length <= samples;
  const rng = new Rng(seed);
  const rounds = exact ? 2 ** differences.length : samples;
  const groups = Math.ceil(differences.length / 8);
  const sums = new Float64Array(groups * 256);
  for (let flips = 0; flips < sums.length; flips++)
    for (let i = 0; i < 8; i++) {
      const difference = differences[(flips >>> 8) * 8 + i] ?? 0;
      sums[flips]! += (flips >>> i) & 1 ? -difference : difference;
    }
  let extreme = exact ? 0 : 1;
  for (let round = 0; round < rounds; round++) {
    let sum = 0;
    let bits = round;
    for (let group = 0; group < groups; group++, bits >>>= 8) {
      if (!exact && group % 4 === 0) bits = rng.uint32();
      sum += sums[group * 256 + (bits & 255)]!;
    }
    if (Math.abs(sum) >= seen - slack) extreme++;
    yield;
  }
  return { difference: meanOf(differences), pValue: extreme / (exact ? rounds : rounds + 1), exact };
}

/**
 * a − b by row.
 *
 * @throws {ArgumentError} unless both have as many scores, and at least one.
 */
function pairedDifferences(a: readonly number[], b: readonly number[]): Float64Array {
  if (a.length !== b.length || a.length === 0) {
    throw new ArgumentError("b", `${b.length} scores`, `${a.length}, one per score of a, and at least one`);
  }
  return Float64Array.from(a, (score, i) => score - b[i]!);
}

function outcomes(differences: Float64Array): { wins: number; losses: number; ties: number } {
  let [wins, losses] = [0, 0];
  for (const d of differences) {
    if (d > 0) wins++;
    else if (d < 0) losses++;
  }
  return { wins, losses, ties: differences.length - wins - losses };
}

const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
