import { SchemaError } from "./schema-error.ts";

type JsonSchema = Record<string, unknown>;

/**
 * One schema that asks for all that several ask for.
 *
 * @throws {SchemaError} where two ask for different things that cannot be joined.
 */
export function mergeSchemas(schemas: readonly JsonSchema[], path: string): JsonSchema {
  const merged: JsonSchema = {};
  for (const [keyword, value] of schemas.flatMap((schema) => Object.entries(schema))) {
    merged[keyword] = keyword in merged ? joined(keyword, merged[keyword], value, path) : value;
  }
  return merged;
}

function joined(keyword: string, a: unknown, b: unknown, path: string): unknown {
  if (JSON.stringify(a) === JSON.stringify(b)) return a;
  switch (keyword) {
    case "properties": {
      const [left, right] = [a, b] as [JsonSchema, JsonSchema];
      const both = Object.keys(right).filter((name) => name in left);
      const joint = both.map((name) => [
        name,
        mergeSchemas([left[name], right[name]] as JsonSchema[], `${path}/properties/${name}`),
      ]);
      return { ...left, ...right, ...Object.fromEntries(joint) };
    }
    case "required":
      return [...new Set([...(a as string[]), ...(b as string[])])];
    case "minimum":
    case "exclusiveMinimum":
    case "minLength":
    case "minItems":
      return Math.max(a as number, b as number);
    case "maximum":
    case "exclusiveMaximum":
    case "maxLength":
    case "maxItems":
      return Math.min(a as number, b as number);
    case "enum":
      return (a as unknown[]).filter((value) =>
        (b as unknown[]).some((other) => JSON.stringify(other) === JSON.stringify(value)),
      );
    case "type": {
      const [left, right] = [a, b].map((type) => [type].flat() as string[]);
      const common = left!.filter((type) => right!.includes(type) || (type === "integer" && right!.includes("number")));
      if (common.length > 0) return common.length === 1 ? common[0] : common;
      break;
    }
    case "additionalProperties":
    case "unevaluatedProperties":
      return a === false || b === false ? false : b;
    case "title":
    case "description":
    case "default":
      return b;
  }
  throw new SchemaError(path, `two different \`${keyword}\` at once are not supported`);
}
