import type { Rng } from "@loam/core";
import { pick, pickWeighted } from "./topics/draw.ts";

/** How names are put together of words. */
export type NameStyle = "snake" | "camel" | "dotted";

export const nameStyle = (rng: Rng): NameStyle =>
  pickWeighted(rng, [
    ["snake", 5],
    ["camel", 2],
    ["dotted", 3],
  ]);

/** A function's name of words, the verb first. */
export function functionName(rng: Rng, words: readonly string[], style: NameStyle): string {
  const parts = words.flatMap((word) => word.toLowerCase().split(/[^a-z0-9]+/)).filter(Boolean);
  if (style === "camel") return camel(parts);
  if (style === "snake" || parts.length < 2) return parts.join("_");
  const last = parts.at(-1)!;
  return pick(rng, [
    `${last}.${parts.slice(0, -1).join("_")}`,
    `${last}_tools.${parts.slice(0, -1).join("_")}`,
    `${parts[0]}.${parts.slice(1).join("_")}`,
    `${last}.${camel(parts.slice(0, -1))}`,
  ]);
}

export const parameterName = (name: string, style: NameStyle): string =>
  style === "camel" ? camel(name.split("_")) : name;

/** `loanAmount`, `loan_amount` and `loan.amount` as words. */
export const wordsOf = (name: string): string =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll(/[^A-Za-z0-9]+/g, " ")
    .trim()
    .toLowerCase();

const camel = (parts: readonly string[]): string =>
  parts.map((part, i) => (i === 0 ? part : part.slice(0, 1).toUpperCase() + part.slice(1))).join("");
