import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { finished } from "node:stream/promises";
import { type CheckFileOptions, checkTrainingFile, type FileCheck } from "./check-file.ts";
import { fixJson, fixRow, isSound } from "./fix-row.ts";
import { linesOf } from "./lines-of.ts";
import { RowChecker } from "./row-checker.ts";

export interface FixReport {
  /** The file that was written. */
  output: string;
  /** Rows that are as they were, that were mended, and that could not be. */
  kept: number;
  mended: number;
  leftOut: number;
  /** What was done, and on how many rows. */
  done: Record<string, number>;
  /** Lines that were left out, at most a thousand. */
  leftOutLines: number[];
  /** What is wrong with the file that was written: nothing but warnings. */
  check: FileCheck;
}

/**
 * Writes a training file anew: rows that can be mended are, equal rows stand once, and rows that nobody can mend are left
 * out and told. The file itself stays as it is.
 */
export async function fixTrainingFile(
  path: string,
  output: string,
  options: CheckFileOptions = {},
): Promise<FixReport> {
  const checker = new RowChecker({ kind: options.kind, duplicates: false });
  const report = {
    output,
    kept: 0,
    mended: 0,
    leftOut: 0,
    done: {} as Record<string, number>,
    leftOutLines: [] as number[],
  };
  const part = `${output}.part`;
  const out = createWriteStream(part);
  const closed = finished(out);
  closed.catch(() => {});
  const written = new Set<string>();
  const note = (what: string) => {
    report.done[what] = (report.done[what] ?? 0) + 1;
  };
  try {
    for await (const lines of linesOf(path))
      for (const text of lines) {
        const checked = checker.check(text);
        if (!checked) continue;
        const wasJson = "row" in checked;
        const { row, done } = fixRow(wasJson ? checked.row : fixJson(text), checker.kind);
        const line = row === undefined ? undefined : JSON.stringify(row);
        if (line === undefined || !isSound(row, checker.kind)) {
          // The pieces of a JSON list around its rows are no rows.
          if (!wasJson && /^[[\]],?$/.test(text.trim())) continue;
          report.leftOut++;
          if (report.leftOutLines.length < 1000) report.leftOutLines.push(checked.line);
          continue;
        }
        if (written.has(line)) {
          note("equal rows stand once");
          continue;
        }
        written.add(line);
        if (!wasJson) done.push("rows are JSON");
        for (const what of new Set(done)) note(what);
        if (done.length > 0) report.mended++;
        else report.kept++;
        if (!out.write(`${line}\n`)) await once(out, "drain");
      }
    out.end();
    await closed;
    await rename(part, output);
  } finally {
    out.destroy();
    await rm(part, { force: true });
  }
  return { ...report, check: await checkTrainingFile(output, options) };
}
