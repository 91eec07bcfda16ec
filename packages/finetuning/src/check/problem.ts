import { show } from "@loam/core";

/** What is wrong in a line of training data: where, what is there, what is wanted, and what mends it. */
export interface RowProblem {
  /** From 1; of problems that concern the whole file 0. */
  line: number;
  /** A path into the row: `messages[2].role`; empty for the row itself. */
  path: string;
  got: string;
  expected: string;
  /** What to write instead, or to do. */
  fix?: string;
  /** "warning" where the row can be learned from as it is. */
  severity: "error" | "warning";
}

interface ReportOptions {
  fix?: string;
  severity?: RowProblem["severity"];
}

export type Report = (path: string, got: unknown, expected: string, options?: ReportOptions) => void;

/** Collects the problems of one line. */
export function reporter(line: number, problems: RowProblem[]): Report {
  return (path, got, expected, { fix, severity = "error" } = {}) =>
    problems.push({ line, path, got: show(got), expected, ...(fix ? { fix } : {}), severity });
}

/** A problem in words. */
export function sayProblem({ line, path, got, expected, fix }: RowProblem): string {
  const place = line > 0 ? `Line ${line}${path ? `, \`${path}\`` : ""}` : path || "The file";
  return `${place} is ${got}; expected ${expected}.${fix ? ` ${fix.slice(0, 1).toUpperCase()}${fix.slice(1)}.` : ""}`;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
