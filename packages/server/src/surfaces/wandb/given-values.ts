import { ArgumentError } from "@loam/core";
import type { Json } from "./run-node.ts";

/** The first of the fields that is a text. @throws {ArgumentError} when none is. */
export function text(input: Json, ...names: string[]): string {
  for (const name of names) if (typeof input[name] === "string" && input[name] !== "") return input[name];
  throw new ArgumentError(names[0]!, input[names[0]!], "a text");
}

export function list(input: Json, name: string): unknown[] {
  return Array.isArray(input[name]) ? (input[name] as unknown[]) : [];
}
