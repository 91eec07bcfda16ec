import { csvField } from "@loam/core";
import type { CorpusMetric } from "../corpus/score-corpus.ts";
import type { MetricComparison } from "./compare.ts";
import type { EvaluationRun, SystemResult } from "./evaluation-run.ts";

/** One line per system and row: the prediction and its scores, as CSV (RFC 4180) for a spreadsheet. */
export function runToCsv(run: EvaluationRun): string {
  const lines = [["system", "row", "prediction", "error", "ms", "costUsd", "trace", ...run.metrics]];
  for (const { system, outputs, metrics } of run.systems) {
    for (const [i, output] of outputs.entries()) {
      const cells = [
        output.prediction ?? "",
        output.error ?? "",
        Math.round(output.ms),
        output.costUsd ?? "",
        output.trace ?? "",
      ];
      lines.push([system, output.row, ...cells.map(String), ...metrics.map(({ values }) => String(values[i] ?? ""))]);
    }
  }
  return lines.map((line) => `${line.map(csvField).join(",")}\r\n`).join("");
}

/** A table of systems and metrics with intervals, what failed, and how the numbers were made. */
export function runToMarkdown(run: EvaluationRun): string {
  const header = [
    "system",
    ...run.metrics.map((name, i) => `${name}${arrow(run.systems[0]!.metrics[i]!)}`),
    "failed",
    "ms",
    "cost",
  ];
  const rows = run.systems.map((system) => [
    system.system,
    ...system.metrics.map(showValue),
    String(system.failures),
    system.meanMs.toFixed(0),
    showCost(system),
  ]);
  const table = [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.map(escapeCell).join(" | ")} |`);
  const notes = run.systems.flatMap(({ system, metrics }) =>
    metrics.flatMap(({ metric, failures, notes }) => [
      ...(failures.length > 0
        ? [`- ${metric} of ${system}: ${failures.length} rows not scored, the first because ${failures[0]!.reason}`]
        : []),
      ...notes.map((note) => `- ${metric} of ${system}: ${note}`),
    ]),
  );
  const signatures = [...new Set(run.systems.flatMap(({ metrics }) => metrics.map(({ signature }) => signature)))];
  return [
    `# ${run.name}`,
    "",
    `${run.dataset.rows.length} rows of ${run.dataset.name} (${run.dataset.hash.slice(0, 8)}), ${run.finishedAt}. Intervals: 95 %, bootstrap over rows.`,
    "",
    ...table,
    "",
    ...(notes.length > 0 ? [...notes, ""] : []),
    `Signatures: ${signatures.map((signature) => `\`${signature}\``).join(", ")}`,
    "",
  ].join("\n");
}

/** A table of what sets two systems apart. */
export function comparisonToMarkdown(
  comparisons: readonly MetricComparison[],
  names: readonly [left: string, right: string],
): string {
  const header = ["metric", names[0], names[1], "difference [95 %]", "p", "wins", "losses", "ties"];
  const rows = comparisons.map((one) => [
    one.metric + (one.sameSignature ? "" : " (scored differently)"),
    show(one.left),
    show(one.right),
    `${signed(one.difference)} [${signed(one.interval.low)}, ${signed(one.interval.high)}]`,
    one.permutationP.toPrecision(2),
    ...[one.wins, one.losses, one.ties].map(String),
  ]);
  return `${[header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.map(escapeCell).join(" | ")} |`).join("\n")}\n`;
}

export const arrow = ({ direction }: Pick<CorpusMetric, "direction">): string =>
  ({ higher: " ↑", lower: " ↓", none: "" })[direction];

/** Four significant decimals, two for scores in percent; a dash where there is none. */
export const show = (value: number | null): string =>
  value === null ? "–" : Math.abs(value) >= 10 ? value.toFixed(2) : value.toFixed(4);

const signed = (value: number): string => `${value >= 0 ? "+" : "−"}${show(Math.abs(value))}`;

/** A value with its interval: `0.3120 [0.2951, 0.3288]`. */
export function showValue({ value, interval }: CorpusMetric): string {
  return interval ? `${show(value)} [${show(interval.low)}, ${show(interval.high)}]` : show(value);
}

/** USD of outputs and judging together. */
export function showCost({ costUsd, judgeCostUsd }: SystemResult): string {
  return costUsd === null || judgeCostUsd === null ? "unknown" : `$${(costUsd + judgeCostUsd).toFixed(4)}`;
}

export const escapeCell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
