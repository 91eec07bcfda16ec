import type { GateVerdict } from "@loam/evaluation";
import { table } from "../../terminal/table.ts";

/** Systems and metrics with the baseline, the difference and how certain it is. */
export function gateTable({ passed, standings }: GateVerdict): string {
  const shown = (value: number | null) => (value === null ? "–" : value.toFixed(4));
  const rows = standings.map(({ system, metric, value, outcome, adjustedP, comparison }) => [
    system,
    metric,
    comparison ? shown(comparison.right) : "–",
    shown(value),
    comparison ? `${comparison.difference >= 0 ? "+" : "−"}${Math.abs(comparison.difference).toFixed(4)}` : "",
    adjustedP === undefined ? "" : adjustedP.toPrecision(2),
    outcome === "unknown" ? "new" : outcome === "unequal" ? "scored otherwise" : outcome,
  ]);
  return `${table([["", "", "baseline", "now", "difference", "p", ""], ...rows])}\n\n${passed ? "Passed." : "Failed."}`;
}
