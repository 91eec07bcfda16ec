import { readFile } from "node:fs/promises";
import { findColumn, InputError, NotFoundError, nearestName, type Row, readRows } from "@loam/core";
import { readAssertions } from "../assertions/assertion.ts";
import type { ScoreRow } from "../metrics/metric.ts";
import { readPlaces } from "../retrieval/place.ts";

/**
 * Column names by field, the first that a row has is taken, however it writes it ("Expected Output"); references are never
 * the column of the prediction.
 */
const columns = {
  prediction: [
    ..."prediction predictions predicted hypothesis candidate output model_output generated generated_text".split(" "),
    ..."completion response decoded answer summary 预测 输出 回答".split(" "),
  ],
  references: [
    ..."references reference expected_output expected_answer expected ground_truth targets target answers gold".split(
      " ",
    ),
    ..."ideal label highlights answer summary 参考 参考答案 标准答案 期望输出".split(" "),
  ],
  source: ["source", "text", "document", "article"],
  question: ["question", "query", "input"],
  contexts: ["contexts", "context", "passages"],
  confidence: ["confidence", "probability", "prob", "置信度"],
} as const;
export type ScoreField = keyof typeof columns;

export interface ReadScoreRowsOptions {
  /** Which column holds a field; left out, it is told by its name. */
  columns?: Partial<Record<ScoreField, string>>;
  signal?: AbortSignal;
}

/**
 * Rows to score from a table (JSON Lines, JSON, CSV, TSV, Excel, Parquet). A column of references may hold one text or a list.
 *
 * @throws {InputError} `no_rows`, `bad_rows` with the line.
 */
export async function readScoreRows(path: string, options: ReadScoreRowsOptions = {}): Promise<ScoreRow[]> {
  const rows: ScoreRow[] = [];
  for await (const { row, line } of readRows(path, { signal: options.signal }))
    rows.push(toScoreRow(row, path, line, options));
  if (rows.length === 0)
    throw new InputError("no_rows", `${path} holds no rows.`, {
      hint: "give a table with a column `prediction` and a column `reference`",
    });
  return rows;
}

/** A row of a table as one to score. @throws {InputError} `bad_rows` naming file, line and column. */
export function toScoreRow(
  row: Row,
  path: string,
  line: number,
  { columns: named = {} }: ReadScoreRowsOptions = {},
): ScoreRow {
  const present = Object.keys(row).filter((column) => row[column] !== undefined && row[column] !== null);
  const told = (field: ScoreField, taken?: string): string | undefined =>
    findColumn(present, columns[field], { except: taken });
  const predicted = named.prediction ?? told("prediction");
  const find = (field: ScoreField): unknown => {
    const name = named[field];
    if (name === undefined) return row[(field === "prediction" ? predicted : told(field, predicted)) ?? ""];
    const written = findColumn(Object.keys(row), [name]);
    if (written !== undefined) return row[written];
    const near = nearestName(name, Object.keys(row));
    throw new InputError("bad_rows", `${path}, line ${line}: there is no column ${JSON.stringify(name)}.`, {
      details: { path, line, columns: Object.keys(row) },
      hint: near ? `did you mean "${near}"?` : `the columns are ${Object.keys(row).join(", ")}`,
    });
  };
  const text = (field: ScoreField): string | undefined => {
    const value = find(field);
    if (value === undefined || typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    if (field === "prediction" && value !== null) return JSON.stringify(value);
    throw new InputError(
      "bad_rows",
      `${path}, line ${line}: ${field} is ${JSON.stringify(value)?.slice(0, 60)}, not a text.`,
      { hint: "write it as a text in quotes, or name another column" },
    );
  };
  const list = (field: ScoreField): string[] | undefined => {
    const value = find(field);
    return Array.isArray(value) ? value.map(String) : value === undefined ? undefined : [text(field)!];
  };
  const prediction = text("prediction");
  if (prediction === undefined) {
    throw new InputError("bad_rows", `${path}, line ${line}: no prediction.`, {
      details: { path, line, columns: Object.keys(row) },
      hint: `name its column (\`columns: { prediction }\`, --prediction-column); this row has ${Object.keys(row).join(", ")}`,
    });
  }
  const confidence = ((value) => (value === undefined ? undefined : Number(value)))(find("confidence") ?? undefined);
  if (confidence !== undefined && !(confidence >= 0 && confidence <= 1)) {
    throw new InputError(
      "bad_rows",
      `${path}, line ${line}: confidence is ${JSON.stringify(find("confidence"))}; expected a number from 0 to 1.`,
      { details: { path, line }, hint: "divide percent by 100" },
    );
  }
  const [source, question, contexts] = [text("source"), text("question"), list("contexts")];
  return {
    prediction,
    references: list("references") ?? [],
    ...(source !== undefined && { source }),
    ...(question !== undefined && { question }),
    ...(contexts !== undefined && { contexts }),
    ...(confidence !== undefined && { confidence }),
    ...(isGiven(row.goldPlaces) && { goldPlaces: readPlaces(row.goldPlaces, `${path}, line ${line}, goldPlaces`) }),
    ...(isGiven(row.assertions) && { assertions: readAssertions(row.assertions, `${path}, line ${line}, assertions`) }),
  };
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/**
 * Rows from text files with one text per line: predictions and, line by line, their references, from one file or several.
 *
 * @throws {InputError} `line_counts_differ` naming the first line without a partner; `not_utf8` with the line.
 */
export async function readParallelLines(predictions: string, references: readonly string[]): Promise<ScoreRow[]> {
  const texts = await readTextLines(predictions);
  const others = await Promise.all(references.map(readTextLines));
  for (const [i, lines] of others.entries()) {
    if (lines.length === texts.length) continue;
    const [longer, shorter] =
      lines.length > texts.length ? [references[i]!, predictions] : [predictions, references[i]!];
    const line = Math.min(lines.length, texts.length) + 1;
    throw new InputError(
      "line_counts_differ",
      `${predictions} has ${texts.length} lines and ${references[i]} has ${lines.length}: line ${line} of ${longer} has no partner in ${shorter}.`,
      { details: { predictions: texts.length, references: lines.length, line }, hint: "both need one text per line" },
    );
  }
  return texts.map((prediction, i) => ({ prediction, references: others.map((lines) => lines[i]!) }));
}

async function readTextLines(path: string): Promise<string[]> {
  const bytes = await readFile(path).catch((cause) => {
    throw new NotFoundError("file", path, { cause, hint: "check the path" });
  });
  const lines: string[] = [];
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(10, start);
    const end = newline < 0 ? bytes.length : newline;
    try {
      lines.push(decoder.decode(bytes.subarray(start, end)).replace(/\r$/, ""));
    } catch (cause) {
      throw new InputError("not_utf8", `${path}, line ${lines.length + 1}: the bytes are not UTF-8.`, {
        details: { path, line: lines.length + 1 },
        hint: "save the file as UTF-8",
        cause,
      });
    }
    start = end + 1;
  }
  return lines;
}
