import { hash } from "node:crypto";
import { checkRow, kindOf, type RowKind } from "./check-row.ts";
import { type RowProblem, reporter } from "./problem.ts";

export interface RowCheckerOptions {
  /** What the rows teach; left out, the first row says. */
  kind?: RowKind;
  /** Rows of more tokens are told. Needs {@link countTokens}. */
  maxTokens?: number;
  /** Tokens of a row as the model reads it. */
  countTokens?: (row: Record<string, unknown>) => number;
  /** Rows that were there before are told; true unless said otherwise. */
  duplicates?: boolean;
}

export interface CheckedLine {
  line: number;
  /** What the line holds, where it is JSON. */
  row?: unknown;
  problems: RowProblem[];
}

/** Checks lines of a training file one after another: each by itself, and against those before it. */
export class RowChecker {
  readonly #options: RowCheckerOptions;
  readonly #seen = new Map<string, number>();
  #kind: RowKind | undefined;
  #line = 0;
  /** Lines that hold something. */
  rows = 0;

  constructor(options: RowCheckerOptions = {}) {
    this.#options = options;
    this.#kind = options.kind;
  }

  /** What the rows teach, once the first one was there. */
  get kind(): RowKind | undefined {
    return this.#kind;
  }

  /** The next line of the file; undefined for an empty one. */
  check(text: string): CheckedLine | undefined {
    const line = ++this.#line;
    const trimmed = (line === 1 ? text.replace(/^\uFEFF/, "") : text).trim();
    if (trimmed === "") return undefined;
    this.rows++;
    const problems: RowProblem[] = [];
    const report = reporter(line, problems);
    let row: unknown;
    try {
      row = JSON.parse(trimmed);
    } catch (error) {
      problems.push({
        line,
        path: "",
        got: `no JSON (${(error as Error).message})`,
        expected: "one JSON object in each line",
        fix: jsonFix(trimmed),
        severity: "error",
      });
      return { line, problems };
    }
    const kind = (this.#kind ??= kindOf(row));
    problems.push(...checkRow(row, line, kind));
    const isSound = problems.every(({ severity }) => severity === "warning");
    const { maxTokens, countTokens, duplicates = true } = this.#options;
    // A token has at least one byte, so that short rows need not be counted.
    if (isSound && maxTokens !== undefined && countTokens && Buffer.byteLength(trimmed) > maxTokens) {
      const tokens = countTokens(row as Record<string, unknown>);
      if (tokens > maxTokens)
        report("", `${tokens} tokens long`, `at most ${maxTokens} tokens: the rest is cut off`, {
          fix: "shorten it, or raise the limit",
          severity: "warning",
        });
    }
    if (duplicates) {
      const before = this.#firstLineOf(trimmed, line);
      if (before !== undefined)
        report("", `the same row as line ${before}`, "a row that is not there yet", {
          fix: "leave it out",
          severity: "warning",
        });
    }
    return { line, row, problems };
  }

  #firstLineOf(text: string, line: number): number | undefined {
    const key = text.length < 44 ? text : hash("md5", text, "base64");
    const before = this.#seen.get(key);
    if (before === undefined) this.#seen.set(key, line);
    return before;
  }
}

function jsonFix(text: string): string {
  if (/^[[\]],?$/.test(text) || text.endsWith(","))
    return "write one object in each line, without brackets and commas around them";
  if (text.includes("'") && !text.includes('"')) return "write texts in double quotes";
  if (/\b(None|True|False)\b/.test(text)) return "write null, true and false as JSON has them";
  return "write the object on one line, whole";
}
