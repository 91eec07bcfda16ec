import { ArgumentError } from "@loam/core";
import type { Attributes } from "./types.ts";

/** A condition on the attributes of a file. */
export type AttributeFilter =
  | { type: "eq" | "ne" | "gt" | "gte" | "lt" | "lte"; key: string; value: string | number | boolean }
  | { type: "in" | "nin"; key: string; value: readonly (string | number | boolean)[] }
  | { type: "and" | "or"; filters: readonly AttributeFilter[] };

/**
 * Whether attributes meet a condition. A file without the attribute meets `ne` and `nin` and nothing else; numbers are
 * compared with numbers and texts with texts, by their code units.
 */
export function meets(attributes: Attributes, filter: AttributeFilter): boolean {
  switch (filter.type) {
    case "and":
      return filter.filters.every((inner) => meets(attributes, inner));
    case "or":
      return filter.filters.some((inner) => meets(attributes, inner));
    case "eq":
      return attributes[filter.key] === filter.value;
    case "ne":
      return attributes[filter.key] !== filter.value;
    case "in":
      return filter.value.some((value) => attributes[filter.key] === value);
    case "nin":
      return !filter.value.some((value) => attributes[filter.key] === value);
    default:
      return compares(attributes[filter.key], filter.value, filter.type);
  }
}

function compares(found: Attributes[string] | undefined, wanted: Attributes[string], type: string): boolean {
  if (found === undefined || typeof found !== typeof wanted || typeof found === "boolean") return false;
  if (type === "gt") return found > wanted;
  if (type === "gte") return found >= wanted;
  if (type === "lt") return found < wanted;
  return found <= wanted;
}

/**
 * Up to sixteen attributes; keys of up to 64 characters, texts of up to 512.
 *
 * @throws {ArgumentError} naming the attribute.
 */
export function readAttributes(value: unknown, name = "attributes"): Attributes {
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw new ArgumentError(name, value, "pairs");
  const pairs = Object.entries(value);
  if (pairs.length > 16) throw new ArgumentError(name, `${pairs.length} pairs`, "up to 16 pairs");
  for (const [key, attribute] of pairs) {
    if (key.length > 64) throw new ArgumentError(name, `a key of ${key.length} characters`, "keys of up to 64");
    const isText = typeof attribute === "string";
    if (!isText && typeof attribute !== "boolean" && !Number.isFinite(attribute)) {
      throw new ArgumentError(`${name}.${key}`, attribute, "a text, a number or a boolean");
    }
    if (isText && attribute.length > 512) {
      throw new ArgumentError(`${name}.${key}`, `${attribute.length} characters`, "up to 512");
    }
  }
  return Object.fromEntries(pairs);
}
