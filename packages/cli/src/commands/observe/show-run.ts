import type { EvaluationRun, MetricComparison, StoredEvaluation, SystemResult } from "@loam/evaluation";
import { table } from "../../terminal/table.ts";
import { duration, moment } from "../../terminal/units.ts";

type Score = SystemResult["metrics"][number];
type Value = Pick<Score, "value" | "interval">;

/** Systems by metrics with intervals, what failed, time and cost; a metric a line where there are more of those. */
export function runTable({ metrics, systems }: EvaluationRun): string {
  const facts = ["failed", "time", "cost"];
  const factsOf = ({ outputs, failures, meanMs, costUsd, judgeCostUsd }: SystemResult): string[] => [
    failures === 0 ? "0" : `${failures} of ${outputs.length}`,
    duration(meanMs),
    costUsd === null || judgeCostUsd === null ? "unknown" : `$${(costUsd + judgeCostUsd).toFixed(4)}`,
  ];
  const names = metrics.map((name, i) => name + arrow(systems[0]!.metrics[i]!));
  const rows = systems.map((system) => [system.system, ...system.metrics.map(showScore), ...factsOf(system)]);
  const all = [["", ...names, ...facts], ...rows];
  return metrics.length <= 3 ? table(all) : table(all[0]!.map((_, i) => all.map((row) => row[i]!)));
}

/** Rows on which something failed, in words. */
export function runNotes(run: EvaluationRun): string[] {
  return run.systems.flatMap(({ system, outputs, metrics }) => {
    const failed = outputs.filter(({ error }) => error !== undefined);
    const systemFailed = failed.map(({ row, error }) => `${system} failed on row ${row}: ${error}`);
    const shown = [...systemFailed.slice(0, 3), ...(failed.length > 3 ? [`… and on ${failed.length - 3} more`] : [])];
    const unscored = metrics.flatMap(({ metric, failures, notes }) => {
      const own = failures.filter(({ row }) => outputs[row]?.error === undefined);
      return [
        ...(own.length > 0 ? [`${metric} of ${system}: ${own.length} rows not scored: ${own[0]!.reason}`] : []),
        ...notes.map((note) => `${metric} of ${system}: ${note}`),
      ];
    });
    return [...shown, ...unscored];
  });
}

/** `lead` against `mini`: a line for each metric. */
export function comparisonTable(comparisons: readonly MetricComparison[], names: readonly [string, string]): string {
  return table([
    ["", ...names, "difference", "95 %", "p", "won", "lost", "tied", ""],
    ...comparisons.map((one) => [
      one.metric,
      showValue(one.left),
      showValue(one.right),
      signed(one.difference),
      `${signed(one.interval.low)} … ${signed(one.interval.high)}`,
      showP(one.pValue),
      ...[one.wins, one.losses, one.ties].map(String),
      one.sameSignature ? "" : "scored in different ways",
    ]),
  ]);
}

/** Each row's outcome for one metric, the largest differences first. */
export function rowsTable({ metric, byRow }: MetricComparison): string {
  const rows = [...byRow].sort((a, b) => Math.abs(b.left - b.right) - Math.abs(a.left - a.right));
  return table([
    [metric, "", "", ""],
    ...rows.map(({ row, left, right, outcome }) => [`  ${row}`, showValue(left), showValue(right), outcome]),
  ]);
}

/** Runs, the latest first. */
export function runsTable(runs: readonly StoredEvaluation[]): string {
  return table(
    runs.map(({ id, startedAt, state, cells, cellsDone, dataset, systems, metrics }) => [
      id,
      moment(new Date(startedAt)),
      state === "finished" ? "finished" : `${state}, ${cellsDone} of ${cells} cells`,
      `${dataset.rows} rows`,
      systems.map(({ system }) => system).join(", "),
      metrics.join(", "),
    ]),
  );
}

const showP = (p: number): string => (p < 0.001 ? "<0.001" : p.toFixed(3));
const arrow = ({ direction }: Pick<Score, "direction">): string => ({ higher: " ↑", lower: " ↓", none: "" })[direction];
const showValue = (value: number | null): string =>
  value === null ? "–" : Math.abs(value) >= 10 ? value.toFixed(2) : value.toFixed(4);
const signed = (value: number): string => `${value < 0 ? "−" : "+"}${showValue(Math.abs(value))}`;

function showScore({ value, interval }: Value): string {
  return interval ? `${showValue(value)} [${showValue(interval.low)}, ${showValue(interval.high)}]` : showValue(value);
}
