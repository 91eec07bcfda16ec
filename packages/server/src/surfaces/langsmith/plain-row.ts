import type { Json } from "./read-run.ts";

/** Columns that a table holds as text though they are objects or lists. */
const nested = new Set(["inputs", "outputs", "extra", "events", "serialized", "metadata", "tags", "feedback_stats"]);

/**
 * A row of a table (Parquet, CSV) as the API writes it: times as text, whole numbers as numbers, JSON read, and what a
 * cell leaves empty left out. Rows of JSON stay what they are.
 */
export function plainRow(row: Json): Json {
  const entries = Object.entries(row).flatMap(([name, value]): [string, unknown][] => {
    if (value === null || value === undefined || value === "") return [];
    return [[name, nested.has(name) ? readCell(value) : plainValue(value)]];
  });
  return withUsage(Object.fromEntries(entries));
}

function plainValue(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plainValue(each)]));
}

function readCell(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return plainValue(value);
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** A bulk export has what a call used in columns of its own; those of other runs are sums over what is below them. */
function withUsage(row: Json): Json {
  const { prompt_tokens: input_tokens, completion_tokens: output_tokens, total_cost } = row;
  if (row.run_type !== "llm" || typeof input_tokens !== "number") return row;
  const extra = (row.extra ?? {}) as Json;
  const metadata = (extra.metadata ?? {}) as Json;
  const usage_metadata = {
    input_tokens,
    output_tokens,
    ...(total_cost === undefined ? {} : { total_cost: Number(total_cost) }),
  };
  return { ...row, extra: { ...extra, metadata: { usage_metadata, ...metadata } } };
}
