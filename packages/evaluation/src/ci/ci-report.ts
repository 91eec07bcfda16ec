import type { EvaluationRun } from "../runs/evaluation-run.ts";
import { arrow, escapeCell, runToMarkdown, show } from "../runs/report.ts";
import type { HistoryEntry } from "./ci-folder.ts";
import type { GateVerdict, Standing } from "./verdict.ts";

/** Commits shown of the history, and rows shown that turned. */
const shownCommits = 8;
const shownRows = 5;

/** The gate's report as GitHub shows it: the verdict, what it rests on, rows that turned, earlier commits. */
export function ciToMarkdown(run: EvaluationRun, verdict: GateVerdict, history: readonly HistoryEntry[] = []): string {
  const { passed, reasons, standings, rows, remarks } = verdict;
  const compared = standings.some(({ comparison }) => comparison !== undefined);
  return [
    `## ${passed ? "✅" : "❌"} ${run.name}: ${passed ? "passed" : "failed"}`,
    "",
    ...reasons.map((reason) => `- **${escapeCell(reason)}**`),
    ...remarks.map((remark) => `- ${remark}`),
    ...(reasons.length + remarks.length > 0 ? [""] : []),
    ...(compared
      ? [
          `Against the baseline, on ${rows.same} rows that did not change${rows.changed > 0 ? ` (${rows.changed} are new or rewritten)` : ""}; p is corrected for all that is compared.`,
          "",
          ...tableOf([
            ["system", "metric", "baseline", "now", "difference [95 %]", "p", "won", "lost", ""],
            ...standings.flatMap(standingRow),
          ]),
          "",
          ...turnedRows(standings),
        ]
      : []),
    ...historyTable(run, history),
    "<details><summary>The run</summary>",
    "",
    runToMarkdown(run),
    "</details>",
    "",
  ].join("\n");
}

const marks = { worse: "❌ worse", better: "⬆ better", same: "", unknown: "new", unequal: "scored otherwise" };

function standingRow({ system, metric, outcome, comparison, adjustedP }: Standing): string[][] {
  if (!comparison) return [[system, metric, "–", "–", "–", "–", "–", "–", marks[outcome]]];
  const { left, right, difference, interval, wins, losses } = comparison;
  return [
    [
      system,
      `${metric}${arrow(comparison)}`,
      show(right),
      show(left),
      `${signed(difference)} [${signed(interval.low)}, ${signed(interval.high)}]`,
      adjustedP === undefined ? "–" : adjustedP.toPrecision(2),
      String(wins),
      String(losses),
      marks[outcome],
    ],
  ];
}

/** Of each metric that got worse, the rows that lost most. */
function turnedRows(standings: readonly Standing[]): string[] {
  return standings
    .filter(({ outcome }) => outcome === "worse")
    .flatMap(({ system, metric, comparison }) => {
      const lost = comparison!.byRow
        .filter(({ outcome }) => outcome === "loss")
        .sort((a, b) => Math.abs(b.left - b.right) - Math.abs(a.left - a.right))
        .slice(0, shownRows)
        .map(({ row, left, right }) => `\`${row}\` ${show(right)} → ${show(left)}`);
      return [`${metric} of ${system} lost most on ${lost.join(", ")}.`, ""];
    });
}

function historyTable({ systems }: EvaluationRun, history: readonly HistoryEntry[]): string[] {
  if (history.length === 0) return [];
  const columns = systems.flatMap(({ system, metrics }) => metrics.map(({ metric }) => ({ system, metric })));
  return [
    "<details><summary>Earlier commits</summary>",
    "",
    ...tableOf([
      ["commit", "at", "rows", ...columns.map(({ system, metric }) => `${system} ${metric}`)],
      ...history
        .slice(-shownCommits)
        .reverse()
        .map(({ commit, at, rows, scores }) => [
          commit?.slice(0, 8) ?? "–",
          at.slice(0, 10),
          String(rows),
          ...columns.map(({ system, metric }) => show(scores[system]?.[metric] ?? null)),
        ]),
    ]),
    "",
    "</details>",
    "",
  ];
}

function tableOf([header, ...rows]: string[][]): string[] {
  return [header!, header!.map(() => "---"), ...rows].map((cells) => `| ${cells.map(escapeCell).join(" | ")} |`);
}

const signed = (value: number): string => `${value >= 0 ? "+" : "−"}${show(Math.abs(value))}`;
