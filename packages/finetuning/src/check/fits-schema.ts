import { execWithinTime } from "@loam/core";
import { isObject } from "./problem.ts";

/** Where a value does not fit its schema. */
export interface SchemaMismatch {
  /** From the value on: `.city`, `.items[2]`. */
  path: string;
  got: unknown;
  expected: string;
}

type Told = (path: string, got: unknown, expected: string) => void;
type Schema = Record<string, unknown>;

/**
 * Holds a value against a JSON Schema and tells every place that does not fit. It interprets the schema, as rows with
 * thousands of different ones are read where compiling each would take longer than the reading; what it does not know
 * (`if`, `patternProperties`, formats) it lets pass.
 */
export function mismatches(value: unknown, schema: unknown): SchemaMismatch[] {
  const found: SchemaMismatch[] = [];
  hold(value, schema, schema, "", (path, got, expected) => found.push({ path, got, expected }), 0);
  return found;
}

function hold(value: unknown, schema: unknown, root: unknown, path: string, tell: Told, depth: number): void {
  if (schema === false) {
    tell(path, value, "nothing at all");
    return;
  }
  if (!isObject(schema) || depth > 64) return;
  if (typeof schema.$ref === "string") hold(value, resolve(root, schema.$ref), root, path, tell, depth + 1);
  const wrong = wrongKind(value, schema);
  if (wrong) {
    tell(path, value, wrong);
    return;
  }
  holdCombined(value, schema, root, path, tell, depth);
  if (typeof value === "number") holdNumber(value, schema, path, tell);
  else if (typeof value === "string") holdText(value, schema, path, tell);
  else if (Array.isArray(value)) holdList(value, schema, root, path, tell, depth);
  else if (isObject(value)) holdObject(value, schema, root, path, tell, depth);
}

/** What is wanted where a value is not one of the values, or not of the type, that a schema names. */
function wrongKind(value: unknown, schema: Schema): string | undefined {
  if (Array.isArray(schema.enum) && !schema.enum.some((one) => isEqual(one, value)))
    return `one of ${schema.enum.map((one) => JSON.stringify(one)).join(", ")}`;
  if ("const" in schema && !isEqual(schema.const, value)) return JSON.stringify(schema.const);
  const { type } = schema;
  if (type === undefined || (schema.nullable === true && value === null)) return undefined;
  const types = Array.isArray(type) ? type : [type];
  if (types.some((one) => isOfType(value, one))) return undefined;
  return types.map((one) => nameOf(String(one))).join(" or ");
}

function holdCombined(value: unknown, schema: Schema, root: unknown, path: string, tell: Told, depth: number): void {
  if (!schema.allOf && !schema.anyOf && !schema.oneOf) return;
  for (const one of listOf(schema.allOf)) hold(value, one, root, path, tell, depth + 1);
  const choices = [...listOf(schema.anyOf), ...listOf(schema.oneOf)];
  if (choices.length === 0) return;
  const fits = choices.some((one) => {
    let isRight = true;
    hold(value, one, root, path, () => (isRight = false), depth + 1);
    return isRight;
  });
  if (!fits) tell(path, value, `what one of ${choices.length} schemas allows`);
}

function holdNumber(value: number, schema: Schema, path: string, tell: Told): void {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  if (typeof minimum === "number" && value < minimum) tell(path, value, `at least ${minimum}`);
  if (typeof maximum === "number" && value > maximum) tell(path, value, `at most ${maximum}`);
  if (typeof exclusiveMinimum === "number" && value <= exclusiveMinimum)
    tell(path, value, `more than ${exclusiveMinimum}`);
  if (typeof exclusiveMaximum === "number" && value >= exclusiveMaximum)
    tell(path, value, `less than ${exclusiveMaximum}`);
  if (typeof multipleOf === "number" && multipleOf > 0) {
    const times = value / multipleOf;
    if (Math.abs(times - Math.round(times)) > 1e-9) tell(path, value, `a multiple of ${multipleOf}`);
  }
}

function holdText(value: string, { minLength, maxLength, pattern }: Schema, path: string, tell: Told): void {
  if (typeof minLength === "number" && value.length < minLength) tell(path, value, `at least ${minLength} characters`);
  if (typeof maxLength === "number" && value.length > maxLength) tell(path, value, `at most ${maxLength} characters`);
  if (typeof pattern !== "string" || value.length > 10_000) return;
  const regex = regexOf(pattern);
  if (regex && !execWithinTime(regex, value)) tell(path, value, `text that matches ${pattern}`);
}

function holdList(value: unknown[], schema: Schema, root: unknown, path: string, tell: Told, depth: number): void {
  const { minItems, maxItems, uniqueItems, items } = schema;
  if (typeof minItems === "number" && value.length < minItems) tell(path, value, `at least ${minItems} items`);
  if (typeof maxItems === "number" && value.length > maxItems) tell(path, value, `at most ${maxItems} items`);
  if (uniqueItems === true && new Set(value.map((item) => JSON.stringify(item))).size < value.length)
    tell(path, value, "items that are all different");
  const first = listOf(schema.prefixItems);
  for (const [i, item] of value.entries()) hold(item, first[i] ?? items, root, `${path}[${i}]`, tell, depth + 1);
}

function holdObject(value: Schema, schema: Schema, root: unknown, path: string, tell: Told, depth: number): void {
  const properties = isObject(schema.properties) ? schema.properties : {};
  for (const name of listOf(schema.required))
    if (typeof name === "string" && !Object.hasOwn(value, name))
      tell(`${path}.${name}`, undefined, "a value, it is required");
  for (const [name, member] of Object.entries(value)) {
    if (Object.hasOwn(properties, name)) hold(member, properties[name], root, `${path}.${name}`, tell, depth + 1);
    else if (schema.additionalProperties === false)
      tell(`${path}.${name}`, member, `one of ${Object.keys(properties).join(", ") || "no members"}`);
    else hold(member, schema.additionalProperties, root, `${path}.${name}`, tell, depth + 1);
  }
}

function resolve(root: unknown, reference: string): unknown {
  if (!reference.startsWith("#")) return undefined;
  return reference
    .slice(1)
    .split("/")
    .filter(Boolean)
    .reduce<unknown>((at, part) => {
      const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
      return isObject(at) || Array.isArray(at) ? (at as Schema)[key] : undefined;
    }, root);
}

const jsonTypes = ["null", "boolean", "integer", "number", "string", "array", "object"];

function isOfType(value: unknown, type: unknown): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "integer":
      return typeof value === "number" && Number.isInteger(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    default:
      // Names that are no types are told where the schema itself is looked at.
      return typeof value === type || !jsonTypes.includes(String(type));
  }
}

const nameOf = (type: string): string =>
  ({
    null: "null",
    boolean: "true or false",
    integer: "a whole number",
    number: "a number",
    string: "a text",
    array: "a list",
    object: "an object",
  })[type] ?? type;

/** The first place where a schema is no JSON Schema; undefined where all is well. */
export function schemaFault(
  schema: unknown,
  path = "",
  depth = 0,
): { path: string; got: unknown; expected: string } | undefined {
  if (typeof schema === "boolean" || depth > 64) return undefined;
  if (!isObject(schema)) return { path, got: schema, expected: "a JSON Schema (an object)" };
  const bad = [schema.type].flat().find((type) => type !== undefined && !jsonTypes.includes(String(type)));
  if (bad !== undefined) return { path: `${path}.type`, got: bad, expected: `one of ${jsonTypes.join(", ")}` };
  if (schema.properties !== undefined && !isObject(schema.properties))
    return { path: `${path}.properties`, got: schema.properties, expected: "an object of schemas" };
  if (
    schema.required !== undefined &&
    !(Array.isArray(schema.required) && schema.required.every((name) => typeof name === "string"))
  )
    return { path: `${path}.required`, got: schema.required, expected: "a list of names" };
  if (schema.enum !== undefined && !Array.isArray(schema.enum))
    return { path: `${path}.enum`, got: schema.enum, expected: "a list of values" };
  for (const [name, member] of Object.entries((schema.properties as Schema) ?? {})) {
    const fault = schemaFault(member, `${path}.properties.${name}`, depth + 1);
    if (fault) return fault;
  }
  return schema.items === undefined || Array.isArray(schema.items)
    ? undefined
    : schemaFault(schema.items, `${path}.items`, depth + 1);
}

const regexes = new Map<string, RegExp | undefined>();

function regexOf(pattern: string): RegExp | undefined {
  if (!regexes.has(pattern)) {
    if (regexes.size > 1000) regexes.clear();
    try {
      regexes.set(pattern, new RegExp(pattern, "u"));
    } catch {
      regexes.set(pattern, undefined);
    }
  }
  return regexes.get(pattern);
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function isEqual(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === "object" && typeof b === "object" && JSON.stringify(a) === JSON.stringify(b));
}
