import type { FileCheck, FixReport, RowProblem } from "@loam/finetuning";
import { styled } from "../../terminal/style.ts";

const number = (n: number): string => n.toLocaleString("en");
const plural = (n: number, word: string): string => `${number(n)} ${word}${n === 1 ? "" : "s"}`;

/** Every problem of a training file, and the counts at the end. */
export function checkText(
  { kind, rows, wrong, warned, problems }: FileCheck,
  say: (problem: RowProblem) => string,
): string {
  const lines = problems.map(
    (problem) => `${styled(problem.severity === "error" ? "red" : "dim", problem.severity)}  ${say(problem)}`,
  );
  const counts = `${plural(rows, "row")}${kind ? ` (${kind})` : ""}: ${number(rows - wrong - warned)} fine, ${number(warned)} with warnings, ${number(wrong)} wrong`;
  return [...lines, counts].join("\n");
}

export function fixText({ output, kept, mended, leftOut, leftOutLines, done }: FixReport): string {
  return [
    ...Object.entries(done).map(([what, times]) => `${plural(times, "row")}: ${what}`),
    `${output}: ${plural(kept + mended, "row")}, ${number(mended)} of them mended; ${number(leftOut)} left out${leftOut > 0 ? ` (lines ${leftOutLines.slice(0, 20).join(", ")}${leftOut > 20 ? ", …" : ""})` : ""}`,
  ].join("\n");
}
