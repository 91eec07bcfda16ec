import { ArgumentError } from "@loam/core";

/** Up to 16 pairs, keys of up to 64 characters, values of up to 512. */
export type Metadata = Record<string, string>;

/**
 * The pairs of text that a client hangs on an object; null and undefined are none.
 *
 * @throws {ArgumentError} naming the pair that is over a limit.
 */
export function readMetadata(value: unknown, name = "metadata"): Metadata {
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw new ArgumentError(name, value, "pairs of text");
  const pairs = Object.entries(value);
  if (pairs.length > 16) {
    throw new ArgumentError(name, `${pairs.length} pairs`, "up to 16 pairs", "keep the rest in a store of your own");
  }
  for (const [key, text] of pairs) {
    if (key.length > 64) throw new ArgumentError(name, `a key of ${key.length} characters`, "keys of up to 64");
    if (typeof text !== "string") throw new ArgumentError(`${name}.${key}`, text, "a text");
    if (text.length > 512) throw new ArgumentError(`${name}.${key}`, `${text.length} characters`, "up to 512");
  }
  return Object.fromEntries(pairs);
}
