import { InputError } from "@loam/core";
import { jsonSchemaChecker } from "@loam/evaluation";
import type { DataSourceConfig, EvalItem } from "./types.ts";

/** Checks rows against the schema of an eval. @returns what is wrong with a row, or undefined. */
export function itemChecker(config: DataSourceConfig): (row: unknown) => string | undefined {
  const check = config.type === "custom" ? jsonSchemaChecker(config.item_schema) : undefined;
  return (row) => {
    const isObject = typeof row === "object" && row !== null && !Array.isArray(row);
    const item = isObject ? (row as { item?: unknown }).item : undefined;
    if (typeof item !== "object" || item === null || Array.isArray(item))
      return '`item` has to be an object: {"item": {…}}';
    const verdict = check?.(JSON.stringify(item));
    return verdict && !verdict.valid ? verdict.errors.join("; ") : undefined;
  };
}

/** @throws {InputError} naming the row. */
export function checkItems(config: DataSourceConfig, rows: readonly EvalItem[], name: string): void {
  const problemOf = itemChecker(config);
  for (const [i, row] of rows.entries()) {
    const problem = problemOf(row);
    if (problem === undefined) continue;
    throw new InputError("invalid_argument", `\`${name}[${i}]\` does not fit the schema of the eval: ${problem}.`, {
      details: { name: `${name}[${i}]`, problem },
      hint: "look at `data_source_config.item_schema`",
    });
  }
}
