import type { Rng } from "@loam/core";
import { chance, pick, shuffled } from "./topics/draw.ts";

/** A parameter as words, and its value as it is said. */
export interface SpokenArgument {
  name: string;
  said: string;
}

const joinAnd = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;

/** A request that says what is to be done and the arguments by their names, in random order and one of several forms. */
export function spokenRequest(rng: Rng, doing: string, given: readonly SpokenArgument[]): string {
  const list = shuffled(rng, given);
  const upper = doing.slice(0, 1).toUpperCase() + doing.slice(1);
  if (list.length === 0) return pick(rng, [`${upper}`, `Can you ${doing}?`, `I want to ${doing}.`, `Please ${doing}`]);
  if (list.length === 1 && chance(rng, 0.35))
    return pick(rng, [`${upper} ${list[0]!.said}`, `${upper}: ${list[0]!.said}`, `${upper} for ${list[0]!.said}`]);
  const having = joinAnd(list.map(({ name, said }) => `${name} ${said}`));
  const as = joinAnd(list.map(({ name, said }) => `${said} as ${name}`));
  const are = list.map(({ name, said }) => `the ${name} is ${said}`);
  const pairs = list
    .map(({ name, said }) => `${name} ${pick(rng, ["=", "=", ":"])} ${said}`.replace(" :", ":"))
    .join(", ");
  return pick(rng, [
    `${upper} with ${having}`,
    `I want to ${doing}, ${joinAnd(are)}.`,
    `Can you ${doing} with ${having}?`,
    `${upper} using ${as}`,
    `${joinAnd(are).replace(/^t/, "T")}. Please ${doing}.`,
    `${upper}: ${pairs}`,
    `With ${having}, ${doing}.`,
    `Take ${as} and ${doing}.`,
  ]);
}
