import { ArgumentError } from "@loam/core";
import { type ComparableRun, compareSystems, type MetricComparison } from "../runs/compare.ts";
import type { EvaluationRun } from "../runs/evaluation-run.ts";
import { checkGate, type GateFailure, unscored } from "../runs/gate.ts";
import { type GateBaseline, rowHashes } from "./ci-folder.ts";

/** How one metric of one system stands against the baseline. */
export interface Standing {
  system: string;
  metric: string;
  value: number | null;
  /** `unknown`: nothing to hold it against; `unequal`: scored in another way than the baseline. */
  outcome: "worse" | "better" | "same" | "unknown" | "unequal";
  /** p of the permutation test, after Holm's correction for all that is compared. */
  adjustedP?: number;
  comparison?: MetricComparison;
}

/** Why a gate does not pass: a loss against the baseline, a limit, a metric without a value, or rows of no metric. */
interface VerdictFailure extends Pick<GateFailure, "system" | "message"> {
  kind: "worse" | "limit" | "unscored" | "rows";
  metric?: string;
}

export interface GateVerdict {
  passed: boolean;
  /** In words; empty where it passed. */
  reasons: string[];
  /** What stands behind the reasons, in their order. */
  failures: VerdictFailure[];
  standings: Standing[];
  /** Rows that both have with the same content, and those that are new or rewritten. */
  rows: { same: number; changed: number };
  remarks: string[];
}

export interface GateOptions {
  /** Largest probability of failing where nothing got worse; 0.05. */
  alpha?: number;
  /** A loss up to this is no reason to fail, however certain; 0. */
  tolerance?: number;
  failUnder?: Readonly<Record<string, number>>;
}

/**
 * Holds a run against its baseline, row by row: it fails where a system got worse by more than chance explains
 * (paired permutation test, Holm's step-down correction over all systems and metrics), where a limit is missed, where a system failed
 * on rows, and where nothing could be scored.
 *
 * @throws {ArgumentError} for an alpha outside (0, 1).
 */
export function judgeRun(
  run: EvaluationRun,
  baseline: GateBaseline | undefined,
  { alpha = 0.05, tolerance = 0, failUnder = {} }: GateOptions = {},
): GateVerdict {
  if (!(alpha > 0 && alpha < 1)) throw new ArgumentError("alpha", alpha, "a probability between 0 and 1", "0.05");
  const { standings, same } = compareWithBaseline(run, baseline, { alpha, tolerance });
  const failures = [
    ...standings.flatMap(lossOf),
    ...checkGate(run, failUnder).map(
      ({ system, metric, message }) => ({ kind: "limit", system, metric, message }) as const,
    ),
    ...unscored(run).map((failure) => ({ kind: "unscored", ...failure }) as const),
    ...run.systems.flatMap(failedRows),
  ];
  const remarks = baseline === undefined ? ["There is no baseline yet: `loam ci --update` makes this run it."] : [];
  // The smallest p that a permutation of n rows can have is 2 / 2^n.
  if (baseline && same > 0 && 2 ** (1 - same) > alpha)
    remarks.push(`${same} rows are too few to tell a loss from chance, even if every row got worse.`);
  const unequal = standings.filter(({ outcome }) => outcome === "unequal");
  for (const { system, metric } of unequal)
    remarks.push(`${metric} of ${system} is scored in another way than the baseline, and not compared.`);
  return {
    passed: failures.length === 0,
    reasons: failures.map(({ message }) => message),
    failures,
    standings,
    rows: { same, changed: run.dataset.rows.length - same },
    remarks,
  };
}

function lossOf({ system, metric, outcome, comparison, adjustedP }: Standing): VerdictFailure[] {
  if (outcome !== "worse") return [];
  const { left, right, rows } = comparison!;
  const message = `${metric} of ${system} got worse: ${number(right)} → ${number(left)} over ${rows} rows, p = ${adjustedP!.toPrecision(2)}`;
  return [{ kind: "worse", system, metric, message }];
}

function failedRows({ system, outputs }: EvaluationRun["systems"][number]): VerdictFailure[] {
  const errors = outputs.filter(({ error }) => error !== undefined);
  if (errors.length === 0) return [];
  const [{ row, error }] = errors as [(typeof errors)[number]];
  const message = `${system} failed on ${errors.length} of ${outputs.length} rows, the first (${row}): ${error}`;
  return [{ kind: "rows", system, message }];
}

function compareWithBaseline(
  run: EvaluationRun,
  baseline: GateBaseline | undefined,
  { alpha, tolerance }: { alpha: number; tolerance: number },
): { standings: Standing[]; same: number } {
  const hashes = new Map(rowHashes(run).map(({ id, hash }) => [id, hash]));
  const isSame = (baseline?.rows ?? []).map(({ id, hash }) => hashes.get(id) === hash);
  const same = isSame.filter(Boolean).length;
  const before = baseline && same > 0 ? onRows(baseline, isSame) : undefined;
  const standings = run.systems.flatMap(({ system, metrics }) => {
    const isKnown = before?.systems.some((one) => one.system === system);
    const compared = isKnown ? compareSystems({ run, system }, { run: before!, system }) : [];
    return metrics.map(({ metric, value }): Standing => {
      const comparison = compared.find((one) => one.metric === metric);
      if (!comparison) return { system, metric, value, outcome: "unknown" };
      return { system, metric, value, outcome: comparison.sameSignature ? "same" : "unequal", comparison };
    });
  });
  const tested = standings
    .filter(({ outcome, comparison }) => outcome === "same" && comparison!.direction !== "none")
    .sort((a, b) => a.comparison!.permutationP - b.comparison!.permutationP);
  let least = 0;
  for (const [i, standing] of tested.entries()) {
    const { difference, direction, permutationP } = standing.comparison!;
    least = Math.max(least, Math.min(1, permutationP * (tested.length - i)));
    standing.adjustedP = least;
    const gain = direction === "lower" ? -difference : difference;
    if (least >= alpha) continue;
    if (gain < -tolerance) standing.outcome = "worse";
    else if (gain > tolerance) standing.outcome = "better";
  }
  return { standings, same };
}

/** The baseline on some of its rows. */
function onRows({ rows, systems }: GateBaseline, isKept: readonly boolean[]): ComparableRun {
  return {
    name: "the baseline",
    dataset: { rows: rows.filter((_, i) => isKept[i]) },
    systems: systems.map(({ system, metrics }) => ({
      system,
      metrics: metrics.map((metric) => ({ ...metric, values: metric.values.filter((_, i) => isKept[i]) })),
    })),
  };
}

const number = (value: number | null): string => (value === null ? "–" : String(Number(value.toFixed(4))));
