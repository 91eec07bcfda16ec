import type { BenchmarkScore } from "@loam/evaluation";
import { table } from "../../terminal/table.ts";

const percent = (share: number | undefined): string => (share === undefined ? "–" : share.toFixed(1));

/** Scores in percent by category, and how well the decision to call is made. */
export function bfclTable({ categories, decision, threshold }: BenchmarkScore): string {
  const rows = categories.map(({ category, rows: count, rule, constrained, auto, free, called }) => [
    category,
    String(count),
    ...[rule, free, constrained, auto, called].map(percent),
  ]);
  const widest = table([["category", "rows", "rule", "free", "constrained", "auto", "called"], ...rows]);
  if (decision.length === 0) return widest;
  const curves = decision.map(({ category, against, auc }) => [`${category} against ${against}`, auc.toFixed(3)]);
  return [
    widest,
    "",
    `auto calls where the margin of the first token is above ${threshold.toFixed(2)}`,
    "",
    table([["decision to call", "AUC"], ...curves]),
  ].join("\n");
}
