import { expect, test } from "vitest";
import type { Box } from "../../document.ts";
import { cutColumns } from "./columns.ts";

/** Lines of a column, 12 points apart. */
function column(
  name: string,
  x0: number,
  x1: number,
  y: number,
  count: number,
): { name: string; box: Box; size: number }[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `${name}${i}`,
    box: [x0, y + 12 * i, x1, y + 12 * i + 10] as Box,
    size: 10,
  }));
}

const order = (columns: { name: string; box: Box }[][]) =>
  columns.flatMap((atoms) => [...atoms].sort((a, b) => a.box[1] - b.box[1]).map(({ name }) => name));

test("a spanning title, two columns, a spanning figure and two columns again", () => {
  const atoms = [
    ...column("title", 80, 530, 40, 1),
    ...column("left", 50, 290, 80, 6),
    ...column("right", 310, 550, 80, 6),
    { name: "figure", box: [60, 170, 540, 300] as Box, size: 0 },
    ...column("leftBelow", 50, 290, 320, 5),
    ...column("rightBelow", 310, 550, 320, 5),
  ];
  const names = order(cutColumns([...atoms].reverse(), 10)).map((name) => name.replace(/\d+$/, ""));
  expect(names.filter((name, i) => name !== names[i - 1])).toEqual([
    "title",
    "left",
    "right",
    "figure",
    "leftBelow",
    "rightBelow",
  ]);
});

test("three columns are read one after the other", () => {
  const atoms = [...column("a", 40, 200, 80, 8), ...column("b", 215, 375, 80, 8), ...column("c", 390, 550, 80, 8)];
  const names = order(cutColumns(atoms, 10)).map((name) => name[0]);
  expect(names.join("")).toBe("aaaaaaaabbbbbbbbcccccccc");
});

test("short cells side by side are no columns", () => {
  const atoms = [...column("a", 50, 90, 80, 6), ...column("b", 200, 240, 80, 6), ...column("c", 350, 390, 80, 6)];
  expect(cutColumns(atoms, 10)).toHaveLength(1);
});
