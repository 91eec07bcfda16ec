import { nearestName, show } from "@loam/core";
import { SchemaError } from "./schema-error.ts";
import type { JsonSchema } from "./schema-grammar.ts";

const types = ["object", "array", "string", "number", "integer", "boolean", "null"] as const;

export type Type = (typeof types)[number];

/** @throws {SchemaError} for a type that there is not. */
export function typesOf(schema: JsonSchema, path: string): Type[] | undefined {
  const { type } = schema;
  if (type !== undefined) {
    const list = Array.isArray(type) ? type : [type];
    for (const name of list) {
      if ((types as readonly unknown[]).includes(name)) continue;
      const near = nearestName(String(name), types);
      throw new SchemaError(
        `${path}/type`,
        `${show(name)} is not a type`,
        near ? `did you mean "${near}"?` : `types are ${types.join(", ")}`,
      );
    }
    if (list.length === 0) throw new SchemaError(`${path}/type`, "it is an empty list");
    return list.includes("number") ? list.filter((name) => name !== "integer") : list;
  }
  if ("properties" in schema || "additionalProperties" in schema || "required" in schema) return ["object"];
  if ("items" in schema || "prefixItems" in schema || "minItems" in schema) return ["array"];
  if ("pattern" in schema || "format" in schema || "minLength" in schema || "maxLength" in schema) return ["string"];
  const numeric = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
  return numeric.some((name) => name in schema) ? ["number"] : undefined;
}

/** Whether of these at most one can hold: they differ in type, or in a property whose value is fixed. */
export function areApart(list: readonly unknown[], root: unknown): boolean {
  const branches = list.map((branch) => {
    const { $ref } = (branch ?? {}) as JsonSchema;
    if (typeof $ref !== "string") return (branch ?? {}) as JsonSchema;
    return ($ref
      .slice(2)
      .split("/")
      .reduce<unknown>((at, key) => (at as JsonSchema)?.[key], root) ?? {}) as JsonSchema;
  });
  const kinds = branches.map(({ type }) => (typeof type === "string" ? type : undefined));
  if (
    kinds.every(Boolean) &&
    new Set(kinds).size === kinds.length &&
    !(kinds.includes("number") && kinds.includes("integer"))
  )
    return true;
  const values = branches.map((branch) =>
    "const" in branch ? [branch.const] : (branch.enum as unknown[] | undefined),
  );
  if (values.every(Boolean)) return disjoint(values as unknown[][]);
  const names = Object.keys((branches[0]?.properties ?? {}) as object);
  return names.some((name) => {
    const fixed = branches.map(({ properties, required }) => {
      const property = (properties as JsonSchema | undefined)?.[name] as JsonSchema | undefined;
      if (!property || !(required as string[] | undefined)?.includes(name)) return undefined;
      return "const" in property ? [property.const] : (property.enum as unknown[] | undefined);
    });
    return fixed.every(Boolean) && disjoint(fixed as unknown[][]);
  });
}

function disjoint(lists: readonly (readonly unknown[])[]): boolean {
  const all = lists.flatMap((list) => [...new Set(list.map((value) => JSON.stringify(value)))]);
  return new Set(all).size === all.length;
}

export function isOfType(value: unknown, type: Type): boolean {
  if (value === null) return type === "null";
  if (Array.isArray(value)) return type === "array";
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}
