import { expect, test } from "vitest";
import { readingOrder } from "./reading-order.ts";

type Named = Record<string, readonly [number, number, number, number]>;

function order(boxes: Named): string {
  const names = Object.keys(boxes);
  return readingOrder(Object.values(boxes))
    .map((i) => names[i])
    .join(" ");
}

const column = (prefix: string, x: number, y: number, lines: number): Named =>
  Object.fromEntries(
    Array.from({ length: lines }, (_, i) => [`${prefix}${i + 1}`, [x, y + i * 20, x + 240, y + i * 20 + 14] as const]),
  );

test("two columns under a title are read one after the other", () => {
  const boxes = { ...column("r", 300, 60, 4), title: [100, 10, 440, 30] as const, ...column("l", 20, 60, 4) };
  expect(order(boxes)).toBe("title l1 l2 l3 l4 r1 r2 r3 r4");
});

test("a line across both columns divides the page", () => {
  const boxes = {
    ...column("l", 20, 0, 4),
    ...column("r", 300, 0, 4),
    across: [20, 100, 540, 114] as const,
    ...column("L", 20, 140, 4),
    ...column("R", 300, 140, 4),
  };
  expect(order(boxes)).toBe("l1 l2 l3 l4 r1 r2 r3 r4 across L1 L2 L3 L4 R1 R2 R3 R4");
});

test("a table is read row by row", () => {
  const boxes = Object.fromEntries(
    [0, 1, 2, 3].flatMap((row) =>
      [0, 1].map((cell) => [
        `${row}${cell}`,
        [20 + cell * 300, row * 20 + cell, 60 + cell * 300, row * 20 + 14] as const,
      ]),
    ),
  );
  expect(order(boxes)).toBe("00 01 10 11 20 21 30 31");
});

test("nothing has no order", () => {
  expect(readingOrder([])).toEqual([]);
});
