import { throwIfCancelled } from "@loam/core";
import { linesOf } from "./lines-of.ts";
import type { RowProblem } from "./problem.ts";
import { RowChecker, type RowCheckerOptions } from "./row-checker.ts";

export interface CheckFileOptions extends RowCheckerOptions {
  signal?: AbortSignal;
}

export interface FileCheck {
  kind: RowCheckerOptions["kind"];
  rows: number;
  /** Rows with errors, and rows with nothing but warnings. */
  wrong: number;
  warned: number;
  problems: RowProblem[];
}

/** Checks a training file line by line, in little more memory than its longest line. @throws {NotFoundError} */
export async function checkTrainingFile(path: string, options: CheckFileOptions = {}): Promise<FileCheck> {
  const checker = new RowChecker(options);
  const result: FileCheck = { kind: options.kind, rows: 0, wrong: 0, warned: 0, problems: [] };
  for await (const lines of linesOf(path)) {
    throwIfCancelled(options.signal, `checking ${path}`);
    for (const text of lines) {
      const problems = checker.check(text)?.problems;
      if (!problems || problems.length === 0) continue;
      if (problems.some(({ severity }) => severity === "error")) result.wrong++;
      else result.warned++;
      result.problems.push(...problems);
    }
  }
  return { ...result, kind: checker.kind, rows: checker.rows };
}
