import type { Box } from "../document.ts";

/** Points around the words of a table in which its rules are looked for: the last column's words seldom fill it. */
const margin = { across: 36, down: 9 };
/** Share of a table's width or height that a rule fills: letters over it hide some of it. */
const ruleShare = 0.3;
/** Share of the ink among a table's words that lies in rules, where it is no drawing. */
const ruledShare = 0.7;

/** Squares of ink (of one size, on a straight sheet) without those that rule a table. */
export function withoutRules(shapes: readonly Box[], tables: readonly Box[], side: number): Box[] {
  const rules = new Set<Box>();
  for (const table of tables) {
    const [x0, x1] = [table[0] - margin.across, table[2] + margin.across];
    const [y0, y1] = [table[1] - margin.down, table[3] + margin.down];
    const inside = shapes.filter((shape) => {
      const [x, y] = [(shape[0] + shape[2]) / 2, (shape[1] + shape[3]) / 2];
      return x >= x0 && x <= x1 && y >= y0 && y <= y1;
    });
    const rows = inRules(inside, ([, top]) => Math.round((top - y0) / side), (ruleShare * (x1 - x0)) / side);
    const columns = inRules(inside, ([left]) => Math.round((left - x0) / side), (ruleShare * (y1 - y0)) / side);
    const straight = inside.filter((shape) => rows.has(shape) || columns.has(shape)).length;
    if (straight >= ruledShare * inside.length) for (const shape of inside) rules.add(shape);
  }
  return shapes.filter((shape) => !rules.has(shape));
}

/** The squares of lanes that are filled so far; a rule may run over the border of two lanes. */
function inRules(shapes: readonly Box[], laneOf: (shape: Box) => number, needed: number): Set<Box> {
  const lanes = Map.groupBy(shapes, laneOf);
  const found = new Set<Box>();
  for (const [lane, own] of lanes) {
    const both = [...own, ...(lanes.get(lane + 1) ?? [])];
    if (both.length >= needed) for (const shape of both) found.add(shape);
  }
  return found;
}
