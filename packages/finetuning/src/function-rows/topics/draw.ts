import type { Rng } from "@loam/core";

/** One of a list. */
export const pick = <T>(rng: Rng, list: readonly T[]): T => list[rng.integer(list.length)]!;

/** True with this chance. */
export const chance = (rng: Rng, share: number): boolean => rng.uniform() < share;

/** One of a list, each as often as its weight says. */
export function pickWeighted<T>(rng: Rng, list: readonly (readonly [T, number])[]): T {
  let left = rng.uniform() * list.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [item, weight] of list) if ((left -= weight) < 0) return item;
  return list.at(-1)![0];
}

/** A new list in random order. */
export function shuffled<T>(rng: Rng, list: readonly T[]): T[] {
  const result = [...list];
  for (let i = result.length - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}
