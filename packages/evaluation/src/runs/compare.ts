import { InputError, NotFoundError, runAtOnce, runInTurns } from "@loam/core";
import type { CorpusMetric } from "../corpus/score-corpus.ts";
import type { BootstrapOptions } from "../statistics/bootstrap.ts";
import { type PairedComparison, pairedBootstrapSteps, permutationSteps } from "../statistics/significance.ts";

/** As much of a run as is needed to compare it. */
export interface ComparableRun {
  name: string;
  dataset: { rows: readonly { id: string }[] };
  systems: readonly {
    system: string;
    metrics: readonly Pick<CorpusMetric, "metric" | "direction" | "signature" | "value" | "values">[];
  }[];
}

export interface MetricComparison extends PairedComparison {
  metric: string;
  direction: CorpusMetric["direction"];
  left: number | null;
  right: number | null;
  /** Rows that both sides have a score for; wins, losses and ties are the left side's over these. */
  rows: number;
  /** Two-sided p-value of the paired permutation test. */
  permutationP: number;
  /** Each row's scores, by its id. */
  byRow: { row: string; left: number; right: number; outcome: "win" | "loss" | "tie" }[];
  /** Whether both sides were scored in the same way; numbers of different signatures say nothing. */
  sameSignature: boolean;
}

/**
 * The system of that name in a run; the only one, where no name is given.
 *
 * @throws {NotFoundError} when the run has no system of that name, or several and none is named.
 */
export function systemOf<R extends ComparableRun>(run: R, name?: string): R["systems"][number] {
  const known = run.systems.map((system) => system.system);
  if (name === undefined && run.systems.length === 1) return run.systems[0]!;
  const found = run.systems.find((system) => system.system === name);
  if (found) return found;
  throw new NotFoundError("system", name ?? "(none named)", {
    known,
    ...(name === undefined && { hint: `name one of ${known.join(", ")}` }),
  });
}

/** A side of a comparison; the run's only system, where none is named. */
export interface ComparedSide {
  run: ComparableRun;
  system?: string;
}

/**
 * Compares two systems, of one run or of two, row by row on the rows that both have: difference of means with its
 * interval (paired bootstrap), p-values, and who won where. Better means lower for metrics such as TER.
 *
 * @throws {InputError} `nothing_shared` when the runs share no row.
 */
export function compareSystems(
  left: ComparedSide,
  right: ComparedSide,
  options: BootstrapOptions = {},
): MetricComparison[] {
  return runAtOnce(compareSteps(left, right, options));
}

/** {@link compareSystems} that lets the rest of the program in between. */
export async function compareSystemsInTurns(
  left: ComparedSide,
  right: ComparedSide,
  { signal, ...options }: BootstrapOptions & { signal?: AbortSignal } = {},
): Promise<MetricComparison[]> {
  return await runInTurns(compareSteps(left, right, options), { signal, what: "comparing the systems" });
}

type Scored = ComparableRun["systems"][number]["metrics"][number];

/** From here on fewer rounds of the permutation test do: comparing is waited for. */
const manyRows = 1000;

/** The scores of both sides by one metric, on the rows that have both. */
interface PairedScores {
  mine: Scored;
  theirs: Scored;
  both: { row: string; left: number; right: number }[];
  differences: Float64Array;
}

function* compareSteps(
  left: ComparedSide,
  right: ComparedSide,
  options: BootstrapOptions,
): Generator<void, MetricComparison[]> {
  const pairs = pairScores(left, right);
  const found: MetricComparison[] = [];
  // Metrics that are missing on as many rows share their resamples.
  const bootstraps = new Map<PairedScores, PairedComparison>();
  for (const group of Map.groupBy(pairs, ({ both }) => both.length).values()) {
    const differences = group.map((pair) => pair.differences);
    const compared = yield* pairedBootstrapSteps(differences, { samples: 2000, ...options });
    for (const [i, pair] of group.entries()) bootstraps.set(pair, compared[i]!);
  }
  for (const pair of pairs) {
    const { mine, theirs, both, differences } = pair;
    const { pValue: permutationP } = yield* permutationSteps(differences, {
      samples: both.length > manyRows ? 2000 : 10_000,
      ...options,
    });
    const sign = mine.direction === "lower" ? -1 : 1;
    const byRow = both.map((row) => {
      const outcome = row.left === row.right ? "tie" : sign * (row.left - row.right) > 0 ? "win" : "loss";
      return { ...row, outcome } as const;
    });
    const count = (outcome: string) => byRow.filter((row) => row.outcome === outcome).length;
    found.push({
      ...bootstraps.get(pair)!,
      wins: count("win"),
      losses: count("loss"),
      ties: count("tie"),
      metric: mine.metric,
      direction: mine.direction,
      left: mine.value,
      right: theirs.value,
      rows: both.length,
      permutationP,
      byRow,
      sameSignature: mine.signature === theirs.signature,
    });
  }
  return found;
}

function pairScores(left: ComparedSide, right: ComparedSide): PairedScores[] {
  const [a, b] = [systemOf(left.run, left.system), systemOf(right.run, right.system)];
  const places = new Map(right.run.dataset.rows.map(({ id }, i) => [id, i]));
  const shared = left.run.dataset.rows.flatMap(({ id }, i) => (places.has(id) ? [{ id, i, j: places.get(id)! }] : []));
  if (shared.length === 0) {
    throw new InputError("nothing_shared", `The runs ${left.run.name} and ${right.run.name} share no row.`, {
      hint: "compare runs on the same dataset",
    });
  }
  return a.metrics.flatMap((mine): PairedScores[] => {
    const theirs = b.metrics.find(({ metric }) => metric === mine.metric);
    if (!theirs) return [];
    const both = shared.flatMap(({ id, i, j }) => {
      const [x, y] = [mine.values[i], theirs.values[j]];
      return typeof x === "number" && typeof y === "number" ? [{ row: id, left: x, right: y }] : [];
    });
    if (both.length === 0) return [];
    return [{ mine, theirs, both, differences: Float64Array.from(both, (row) => row.left - row.right) }];
  });
}
