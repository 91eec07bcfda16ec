import { extname } from "node:path";
import { type Row, readRows } from "@loam/core";
import { parse } from "yaml";
import { fileOf, type Miss, readTextFile } from "./files.ts";

/** The tests that a configuration holds or names: in place, or in CSV, JSON, JSON Lines and YAML files. */
export async function readTests(
  given: readonly unknown[],
  { folder, miss }: { folder: string; miss: Miss },
): Promise<{ test: unknown; at: string }[]> {
  const tests: { test: unknown; at: string }[] = [];
  for (const [i, one] of given.entries()) {
    const at = `tests.${i}`;
    if (typeof one !== "string") {
      tests.push({ test: one, at });
      continue;
    }
    const path = fileOf(one.startsWith("file://") ? one : `file://${one}`, folder)!;
    const kind = extname(path).toLowerCase();
    if (/[*?]/.test(path) || ![".csv", ".json", ".jsonl", ".yaml", ".yml"].includes(kind)) {
      miss(at, one, "tests are read from single CSV, JSON, JSON Lines and YAML files");
      continue;
    }
    if (kind === ".yaml" || kind === ".yml") {
      const inside: unknown = parse(await readTextFile(path));
      for (const [j, test] of [inside].flat().entries()) tests.push({ test, at: `${one}#${j + 1}` });
      continue;
    }
    await readTextFile(path); // says which file is missing
    let number = 0;
    for await (const { row } of readRows(path))
      tests.push({
        test: kind === ".csv" ? fromColumns(row, `${one}#${++number}`, miss) : row,
        at: kind === ".csv" ? `${one}#${number}` : `${one}#${++number}`,
      });
  }
  return tests;
}

/** A line of a CSV: variables, and `__expected`, `__expected1`, … as assertions such as `contains: Paris`. */
function fromColumns(row: Row, at: string, miss: Miss): { vars: Row; assert: unknown[]; description?: string } {
  const vars: Row = {};
  const assert: unknown[] = [];
  let description: string | undefined;
  for (const [column, value] of Object.entries(row)) {
    if (/^__expected\d*$/.test(column)) {
      if (String(value ?? "").trim() !== "") assert.push(fromExpected(String(value)));
    } else if (column === "__description") description = String(value);
    else if (column.startsWith("__"))
      miss(`${at}.${column}`, column, "of promptfoo's columns, __expected and __description are read");
    else vars[column] = value;
  }
  return { vars, assert, ...(description !== undefined && { description }) };
}

function fromExpected(text: string): unknown {
  const [, type, threshold, value] = /^([a-z][a-z-]*)(?:\(([\d.]+)\))?:\s*([\s\S]*)$/.exec(text) ?? [];
  if (type === undefined)
    return {
      type: text === "is-json" || text === "contains-json" ? text : "equals",
      ...(text.endsWith("-json") ? {} : { value: text }),
    };
  const aliases: Record<string, string> = { grade: "llm-rubric", fn: "javascript", eval: "javascript" };
  const kind = aliases[type] ?? type;
  const many = /-(?:any|all)$/.test(kind);
  return {
    type: kind,
    value: many ? value!.split(",").map((part) => part.trim()) : value,
    ...(threshold !== undefined && { threshold: Number(threshold) }),
  };
}

/** Variables with every combination of those that are lists, as promptfoo runs them; `file://` texts are read in. */
export async function expandVars(
  vars: Readonly<Record<string, unknown>>,
  { at, folder, miss }: { at: string; folder: string; miss: Miss },
): Promise<Row[]> {
  let rows: Row[] = [{}];
  for (const [name, given] of Object.entries(vars)) {
    const values: unknown[] = [];
    for (const value of Array.isArray(given) ? given : [given]) {
      const file = typeof value === "string" ? fileOf(value, folder) : undefined;
      if (file === undefined) values.push(value);
      else if ([".txt", ".md", ".json", ".yaml", ".yml", ".csv"].includes(extname(file)))
        values.push((await readTextFile(file)).trim());
      else miss(`${at}.vars.${name}`, String(value), "variables are read from text files only; the test is left out");
    }
    rows = rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value })));
  }
  // A variable may name another one.
  return rows.map((row) => fillVars(row, row) as Row);
}

/** A value with `{{variables}}` in its texts filled in. */
export function fillVars(value: unknown, vars: Row): unknown {
  if (typeof value === "string")
    return value.replace(/\{\{\s*([\p{L}_][\p{L}\p{N}_-]*)\s*\}\}/gu, (whole, name: string) => {
      const filled = vars[name];
      return filled === undefined ? whole : typeof filled === "string" ? filled : JSON.stringify(filled);
    });
  if (Array.isArray(value)) return value.map((part) => fillVars(part, vars));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, fillVars(part, vars)]));
  return value;
}
