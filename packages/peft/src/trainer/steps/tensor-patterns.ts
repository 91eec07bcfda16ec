import { execWithinTime, InputError } from "@loam/core";
import type { AdapterMethod } from "../../layers/method.ts";
import type { Recipe } from "../recipe/recipe.ts";

const matches = (pattern: string, key: string): boolean => execWithinTime(new RegExp(pattern), key) !== null;

/** A method of whose tensors some stay as they are: they take no gradient, no part in its norm and no room in the optimiser. */
export function withFrozen(method: AdapterMethod, freeze: readonly string[] = []): AdapterMethod {
  if (freeze.length === 0) return method;
  const isFrozen = (key: string) => method.isFrozen?.(key) || freeze.some((pattern) => matches(pattern, key));
  return { ...method, isFrozen };
}

/** How many times faster or slower than the others each tensor learns, by `optimizer.rates` and `optimizer.layer_decay`. */
export function tensorRates(
  { rates = {}, layer_decay }: Recipe["optimizer"],
  keys: readonly string[],
): (key: string) => number {
  const layers = 1 + Math.max(-1, ...keys.map((key) => layerOf(key) ?? -1));
  return (key) => {
    const factors = Object.entries(rates).flatMap(([pattern, factor]) => (matches(pattern, key) ? [factor] : []));
    const layer = layerOf(key);
    return factors.reduce((a, b) => a * b, layer === undefined ? 1 : layer_decay ** (layers - 1 - layer));
  };
}

/** The layer that a tensor sits on, counted from the embeddings, which lie below the first; undefined above the last. */
function layerOf(key: string): number | undefined {
  const found = /(?:^|\.)(?:layers?|h|blocks?)\.(\d+)\./.exec(key);
  if (found) return Number(found[1]);
  return /embed_tokens|wte|wpe|word_embeddings/.test(key) ? -1 : undefined;
}

/**
 * Patterns mean tensors that there are, and leave some to learn.
 *
 * @throws {InputError} `bad_recipe` naming the pattern and tensors that there are; `nothing_trained`.
 */
export function checkPatterns(
  { freeze = [], optimizer: { rates = {} } }: Recipe,
  method: AdapterMethod,
  keys: readonly string[],
): void {
  const given = [
    ...freeze.map((pattern, i) => [`freeze.${i}`, pattern] as const),
    ...Object.keys(rates).map((pattern) => [`optimizer.rates`, pattern] as const),
  ];
  for (const [field, pattern] of given)
    if (!keys.some((key) => matches(pattern, key)))
      throw new InputError(
        "bad_recipe",
        `recipe: \`${field}\` is ${JSON.stringify(pattern)}: no tensor has such a name.`,
        {
          details: { field, got: pattern, tensors: keys.slice(0, 20) },
          hint: `tensors are named like ${keys.slice(0, 2).join(" and ")}`,
        },
      );
  if (freeze.length > 0 && keys.every((key) => method.isFrozen?.(key)))
    throw new InputError("nothing_trained", "`freeze` leaves no tensor to train.", {
      details: { freeze },
      hint: "name fewer of them",
    });
}
