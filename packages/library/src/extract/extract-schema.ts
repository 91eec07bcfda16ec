import { ArgumentError } from "@loam/core";
import { labelsOf } from "./field-labels.ts";

/** A value that is looked for in documents. */
export interface ExtractField {
  name: string;
  type: "string" | "number" | "integer" | "boolean" | "date";
  /** What it may be; any when left out. */
  choices?: readonly string[];
  pattern?: RegExp;
  description?: string;
  /** What a document may call it, as lower-case words; its own name first. */
  labels: readonly string[];
}

/** What a schema asks for: one row a document, or one a record of a table. */
export interface ExtractSchema {
  rows: "documents" | "records";
  fields: ExtractField[];
}

const maxFields = 200;

/**
 * Reads a JSON Schema: an object of plain values is one row a document, an array of such objects one a record. A
 * property's `title`, `description` and `x-labels` say what else a document may call it.
 *
 * @throws {ArgumentError} naming the part that cannot be extracted.
 */
export function readExtractSchema(schema: unknown): ExtractSchema {
  const root = objectOf(schema, "schema");
  if (root.type === "array")
    return { rows: "records", fields: fieldsOf(objectOf(root.items, "schema.items"), "schema.items") };
  return { rows: "documents", fields: fieldsOf(root, "schema") };
}

function fieldsOf(schema: Record<string, unknown>, at: string): ExtractField[] {
  const properties = Object.entries(objectOf(schema.properties, `${at}.properties`));
  if (properties.length === 0 || properties.length > maxFields)
    throw new ArgumentError(`${at}.properties`, properties.length, `1 to ${maxFields} fields`);
  return properties.map(([name, property]) => fieldOf(name, objectOf(property, `${at}.properties.${name}`), at));
}

function fieldOf(name: string, given: Record<string, unknown>, at: string): ExtractField {
  const property = withoutNull(given);
  const path = `${at}.properties.${name}`;
  const choices = Array.isArray(property.enum) ? property.enum.filter((one) => typeof one === "string") : undefined;
  const stated = property.type ?? (choices ? "string" : undefined);
  const isDate = stated === "string" && (property.format === "date" || property.format === "date-time");
  const type = isDate ? "date" : stated;
  if (type !== "string" && type !== "number" && type !== "integer" && type !== "boolean" && type !== "date")
    throw new ArgumentError(
      `${path}.type`,
      type,
      '"string" (also with format "date"), "number", "integer" or "boolean"',
    );
  const pattern = !isDate && typeof property.pattern === "string" ? patternOf(property.pattern, path) : undefined;
  const description = typeof property.description === "string" ? property.description : undefined;
  const more = Array.isArray(property["x-labels"]) ? property["x-labels"].filter((one) => typeof one === "string") : [];
  const title = typeof property.title === "string" ? [property.title] : [];
  const labels = labelsOf(name, [...title, ...more], description);
  return {
    name,
    type,
    labels,
    ...(choices && { choices }),
    ...(pattern && { pattern }),
    ...(description && { description }),
  };
}

/** `anyOf: [{…}, {type: "null"}]` and `type: ["string", "null"]` are values that may be missing, as all are. */
function withoutNull(property: Record<string, unknown>): Record<string, unknown> {
  if (Array.isArray(property.type)) return { ...property, type: property.type.find((type) => type !== "null") };
  const either = (property.anyOf ?? property.oneOf) as unknown;
  if (!Array.isArray(either)) return property;
  const real = either.find((one) => (one as Record<string, unknown> | null)?.type !== "null");
  return { ...property, ...(real as Record<string, unknown> | undefined) };
}

/** Patterns are programs of whoever wrote the schema: only short ones without nested repetition are run. */
function patternOf(source: string, path: string): RegExp {
  if (source.length > 200 || /[*+}]\)?[*+{]|\([^)]*[*+][^)]*\)[*+{]/.test(source))
    throw new ArgumentError(
      `${path}.pattern`,
      source,
      "a pattern of at most 200 characters without repeated repetitions",
    );
  try {
    return new RegExp(source, "u");
  } catch (cause) {
    throw new ArgumentError(`${path}.pattern`, source, `a regular expression (${(cause as Error).message})`);
  }
}

function objectOf(value: unknown, at: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ArgumentError(at, value, "a JSON Schema of an object with properties, or of an array of such objects");
}
