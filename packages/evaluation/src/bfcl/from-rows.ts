import type { BenchmarkCategory, BenchmarkRow } from "./benchmark.ts";
import type { BenchmarkFunction, BenchmarkType } from "./check-calls.ts";
import { type PythonValue, parsePythonJson } from "./python-values.ts";

/** A row of OpenAI's fine-tuning format, as far as it is judged. */
export interface CallRow {
  messages: readonly {
    role: string;
    content?: string | null;
    tool_calls?: readonly { function: { name: string; arguments: string } }[];
  }[];
  tools: readonly { function: { name: string; description?: string; parameters: Record<string, unknown> } }[];
}

interface SchemaNode {
  type?: string;
  description?: string;
  enum?: unknown[];
  items?: SchemaNode;
  properties?: Record<string, SchemaNode>;
  required?: string[];
}

/**
 * Rows with answers as categories of a benchmark, so that they are judged as its own are: those with one call, those with
 * several, and those that no function fits. Exactly the arguments of the row count as right.
 */
export function rowsAsBenchmark(name: string, rows: readonly CallRow[]): BenchmarkCategory[] {
  const made = rows.map((row, i) => {
    const answer = row.messages.at(-1)!;
    const calls = answer.tool_calls ?? [];
    const benchmarkRow: BenchmarkRow = {
      id: `${name}_${i}`,
      messages: row.messages.slice(0, -1).map(({ role, content }) => ({ role, content: content ?? "" })),
      functions: row.tools.map(({ function: tool }) => toBenchmarkFunction(tool)),
      ...(calls.length > 0 && {
        wanted: calls.map(({ function: call }) => {
          const values = parsePythonJson(call.arguments) as Record<string, PythonValue>;
          return {
            [call.name]: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, [allowed(value)]])),
          };
        }),
      }),
    };
    return benchmarkRow;
  });
  const of = (suffix: string, judges: BenchmarkCategory["judges"], fits: (row: BenchmarkRow) => boolean) => ({
    name: `${name}_${suffix}`,
    language: "python" as const,
    judges,
    rows: made.filter(fits),
  });
  return [
    of("multiple", "calls", ({ wanted }) => wanted?.length === 1),
    of("parallel", "calls", ({ wanted }) => (wanted?.length ?? 0) > 1),
    of("irrelevance", "none", ({ wanted }) => wanted === undefined),
  ].filter(({ rows }) => rows.length > 0);
}

/** In objects the checker wants lists of what is allowed. */
function allowed(value: PythonValue): PythonValue {
  if (Array.isArray(value)) return value.map(allowed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, [allowed(member as PythonValue)]]));
}

function toBenchmarkFunction({
  name,
  description = "",
  parameters,
}: CallRow["tools"][number]["function"]): BenchmarkFunction {
  const { properties = {}, required = [] } = parameters as SchemaNode;
  return {
    name,
    description,
    parameters: {
      type: "dict",
      properties: Object.fromEntries(Object.entries(properties).map(([key, node]) => [key, toBenchmarkType(node)])),
      required,
    },
  };
}

function toBenchmarkType({ type, description, enum: values, items, properties, required }: SchemaNode): BenchmarkType {
  const names: Record<string, string> = { number: "float", object: "dict" };
  return {
    type: names[type ?? ""] ?? type ?? "any",
    ...(description ? { description } : {}),
    ...(values ? { enum: values } : {}),
    ...(type === "array" ? { items: toBenchmarkType(items ?? { type: "string" }) } : {}),
    ...(properties
      ? {
          properties: Object.fromEntries(Object.entries(properties).map(([key, node]) => [key, toBenchmarkType(node)])),
          required: required ?? [],
        }
      : {}),
  };
}
