import { expect, test } from "vitest";
import type { Box } from "../document.ts";
import type { OcrLine } from "../ocr/recogniser.ts";
import { readScan } from "./read-scan.ts";
import { withoutRules } from "./ruled-ink.ts";

const page = { number: 1, widthPt: 600, heightPt: 800, status: "empty" as const, blocks: [], figures: [] };
const scan = {
  ...{ data: new Uint8Array(1200 * 1600 * 4).fill(255), width: 1200, height: 1600, channels: 4 as const, dpi: 144 },
};

/** A line as it is recognised on a sheet that slipped by `degrees` about its middle. */
function tilted(text: string, [x, y]: readonly [number, number], degrees: number): OcrLine {
  const angle = (degrees * Math.PI) / 180;
  const [width, height] = [text.length * 14, 30];
  const turn = (px: number, py: number): [number, number] => {
    const [dx, dy] = [px - 600, py - 800];
    return [600 + dx * Math.cos(angle) - dy * Math.sin(angle), 800 + dx * Math.sin(angle) + dy * Math.cos(angle)];
  };
  const quad: OcrLine["quad"] = [turn(x, y), turn(x + width, y), turn(x + width, y + height), turn(x, y + height)];
  const [xs, ys] = [quad.map(([x]) => x), quad.map(([, y]) => y)];
  return { text, confidence: 0.99, quad, box: [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)] };
}

const rows = [
  ["Plot", "Tenant", "Area", "Rent"],
  ["A3", "Mrs Hollis", "240", "85"],
  ["B7", "Mr Okafor", "310", "86"],
  ["C1", "Miss Trent", "180", "60"],
];

test.each([0, 2.5, -2.5])(
  "a table on a sheet that slipped by %d degrees keeps its rows, boxed where they stand",
  async (degrees) => {
    const lines = [
      tilted("Minutes of the allotment society", [200, 300], degrees),
      tilted("The meeting took place on 14 February in the school by the mill.", [200, 420], degrees),
      ...rows.flatMap((row, i) =>
        row.map((text, j) => tilted(text, [200 + [0, 200, 520, 800][j]!, 560 + 54 * i], degrees)),
      ),
    ];
    const read = await readScan(page, scan, { recognise: async () => lines }, undefined);
    const table = read.blocks.find(({ kind }) => kind === "table");
    expect(table?.rows).toEqual(rows);
    const wanted = tilted("Minutes of the allotment society", [200, 300], degrees).box.map((edge) => edge / 2);
    for (const [i, edge] of read.blocks[0]!.box.entries()) expect(Math.abs(edge - wanted[i]!)).toBeLessThan(4);
  },
);

test("squares of ink that rule a table go, a drawing among words stays", () => {
  const square = (x: number, y: number): Box => [x, y, x + 4, y + 4];
  const across = (y: number) => Array.from({ length: 50 }, (_, i) => square(100 + 4 * i, y));
  const down = (x: number) => Array.from({ length: 20 }, (_, i) => square(x, 100 + 4 * i));
  const frame = [...across(100), ...across(140), ...across(176), ...down(100), ...down(296)];
  const apart = square(400, 500);
  expect(withoutRules([...frame, apart], [[104, 104, 290, 176]], 4)).toEqual([apart]);
  const curve = Array.from({ length: 40 }, (_, i) => square(110 + 4 * i, 138 + Math.round(30 * Math.sin(i / 3))));
  expect(withoutRules(curve, [[104, 104, 290, 176]], 4)).toEqual(curve);
});
