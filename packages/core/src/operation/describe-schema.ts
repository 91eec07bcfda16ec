/** What of a JSON Schema is put into words here. */
export interface FieldSchema {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: readonly unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  items?: FieldSchema;
  prefixItems?: readonly FieldSchema[];
  anyOf?: readonly FieldSchema[];
  properties?: Record<string, FieldSchema>;
  required?: readonly string[];
}

/** The values that a field takes, in words that follow "expected": `a whole number from 1 to 100`. */
export function describeSchema(schema: FieldSchema): string {
  if (schema.anyOf) return alternatives(schema.anyOf.map(describeSchema));
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return alternatives(schema.enum.map((value) => JSON.stringify(value)));
  switch (schema.type) {
    case "integer":
      return `a whole number${range(schema)}`;
    case "number":
      return `a number${range(schema)}`;
    case "string":
      return `a text${count(schema.minLength, schema.maxLength, "character")}`;
    case "boolean":
      return "true or false";
    case "null":
      return "null";
    case "array":
      if (schema.prefixItems) return `a list of ${schema.prefixItems.map(describeSchema).join(", then ")}`;
      return `a list of ${plural(describeSchema(schema.items ?? {}))}${count(schema.minItems, schema.maxItems, "item")}`;
    case "object":
      return schema.properties ? `an object with ${fieldNames(Object.keys(schema.properties))}` : "an object";
    default:
      return "a value";
  }
}

/** "`a`, `b` and `c`". */
export function fieldNames(names: readonly string[]): string {
  return joined(
    names.map((name) => `\`${name}\``),
    "and",
  );
}

function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: FieldSchema): string {
  const low = finite(minimum);
  const high = finite(maximum);
  if (low !== undefined && high !== undefined) return ` from ${low} to ${high}`;
  const parts = [
    low !== undefined && `at least ${low}`,
    exclusiveMinimum !== undefined && `above ${exclusiveMinimum}`,
    high !== undefined && `at most ${high}`,
    exclusiveMaximum !== undefined && `below ${exclusiveMaximum}`,
  ].filter((part) => part !== false);
  return parts.length > 0 ? `, ${parts.join(" and ")}` : "";
}

/** zod writes the bounds of safe integers for a plain `z.int()`, which nobody asked about. */
function finite(bound: number | undefined): number | undefined {
  return bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER ? bound : undefined;
}

function count(min: number | undefined, max: number | undefined, unit: string): string {
  const units = (n: number) => `${n} ${unit}${n === 1 ? "" : "s"}`;
  if (min && max !== undefined) return min === max ? ` of ${units(min)}` : ` of ${min} to ${units(max)}`;
  if (min) return min === 1 && unit === "character" ? " that is not empty" : `, at least ${units(min)}`;
  return max === undefined ? "" : `, at most ${units(max)}`;
}

/** "a text" in a list of many: "texts". */
function plural(words: string): string {
  const [, noun, rest] = /^an? (value|text|whole number|number|list|object)(.*)$/.exec(words) ?? [];
  return noun ? `${noun}s${rest}` : words;
}

function alternatives(words: readonly string[]): string {
  return joined([...new Set(words)], "or");
}

function joined(words: readonly string[], last: "and" | "or"): string {
  return words.length > 1 ? `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}` : (words[0] ?? "nothing");
}
