import { Rng } from "@loam/core";
import { shuffled } from "./topics/draw.ts";

interface WithTools {
  tools: readonly unknown[];
}

/** The names of the functions that a row offers. */
export const namesIn = ({ tools }: WithTools): string[] =>
  tools.flatMap((tool) => {
    const { function: own, name } = tool as { function?: { name?: unknown }; name?: unknown };
    const found = own?.name ?? name;
    return typeof found === "string" ? [found] : [];
  });

/**
 * Splits rows so that no function is on both sides: a model that is tested on one has never seen it. Functions that stand in
 * one row stay together.
 *
 * @param share of the rows that are to be tested on, as near as the functions allow
 */
export function splitByFunction<Row extends WithTools>(
  rows: readonly Row[],
  { share = 0.1, seed = 42 }: { share?: number; seed?: number } = {},
): { train: Row[]; test: Row[] } {
  const parent = new Map<string, string>();
  const find = (name: string): string => {
    let root = name;
    while (parent.get(root) !== undefined && parent.get(root) !== root) root = parent.get(root)!;
    return root;
  };
  for (const row of rows) {
    const names = namesIn(row);
    for (const name of names) if (!parent.has(name)) parent.set(name, name);
    for (const name of names.slice(1)) parent.set(find(name), find(names[0]!));
  }
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const [first] = namesIn(row);
    const root = first === undefined ? "" : find(first);
    groups.set(root, [...(groups.get(root) ?? []), row]);
  }
  const wanted = Math.round(rows.length * share);
  const inTest = new Set<string>();
  let tested = 0;
  for (const [root, members] of shuffled(new Rng(seed), [...groups])) {
    // The row without functions, and a group too large for what is left, stay with the rest.
    if (root === "" || tested + members.length > wanted * 1.5 || tested >= wanted) continue;
    inTest.add(root);
    tested += members.length;
  }
  const isTest = (row: Row) => {
    const [first] = namesIn(row);
    return first !== undefined && inTest.has(find(first));
  };
  return { train: rows.filter((row) => !isTest(row)), test: rows.filter(isTest) };
}
