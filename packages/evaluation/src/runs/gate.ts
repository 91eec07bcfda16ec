import { ArgumentError, nearestName } from "@loam/core";
import type { EvaluationRun } from "./evaluation-run.ts";

/** A system that does not meet a limit. */
export interface GateFailure {
  system: string;
  metric: string;
  /** Null where no row could be scored. */
  value: number | null;
  limit: number;
  /** `rougeL of lead is 0.2417, below 0.3`. */
  message: string;
}

/**
 * What no row could be scored for, in words: a run that says nothing of a system has not passed, whatever its limits are.
 */
export const withoutScores = (run: EvaluationRun): string[] => unscored(run).map(({ message }) => message);

/** What no row could be scored for. */
export function unscored({ systems }: EvaluationRun): Pick<GateFailure, "system" | "metric" | "message">[] {
  return systems.flatMap(({ system, metrics }) =>
    metrics.flatMap(({ metric, value, failures }) => {
      if (value !== null || failures.length === 0) return [];
      const message = `${metric} of ${system} has no value: ${failures.length} rows failed, the first because ${failures[0]!.reason}`;
      return [{ system, metric, message }];
    }),
  );
}

/**
 * Which systems are worse than the limits: below them, or above for metrics where lower is better. A metric without a
 * value meets no limit.
 *
 * @throws {ArgumentError} for a metric that the run did not score, with the nearest one.
 */
export function checkGate(run: EvaluationRun, failUnder: Readonly<Record<string, number>>): GateFailure[] {
  return Object.entries(failUnder).flatMap(([name, limit]) => {
    if (!run.metrics.includes(name)) {
      const near = nearestName(name, run.metrics);
      throw new ArgumentError(
        "failUnder",
        name,
        `one of the run's metrics, ${run.metrics.join(", ")}`,
        near && `did you mean "${near}"?`,
      );
    }
    return run.systems.flatMap(({ system, metrics }): GateFailure[] => {
      const { value, direction } = metrics.find(({ metric }) => metric === name)!;
      const failure = (message: string): GateFailure[] => [{ system, metric: name, value, limit, message }];
      if (value === null) return failure(`${name} of ${system} has no value: every row failed`);
      const shown = Number(value.toFixed(4));
      if (direction === "lower")
        return value > limit ? failure(`${name} of ${system} is ${shown}, above ${limit}`) : [];
      return value < limit ? failure(`${name} of ${system} is ${shown}, below ${limit}`) : [];
    });
  });
}
