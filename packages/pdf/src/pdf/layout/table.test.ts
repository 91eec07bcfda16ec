import { expect, test } from "vitest";
import type { Glyph } from "../glyphs.ts";
import { toFragment } from "../lines/fragment.ts";
import { tableFromRows } from "./table.ts";

const font = { name: "Serif", bold: false, italic: false, mono: false };

function cell(text: string, x: number, y: number) {
  const glyphs = [...text].map((character, i): Glyph => {
    const box = [x + 5 * i, y - 8, x + 5 * i + 5, y] as const;
    return {
      text: character,
      box,
      cell: box,
      originX: box[0],
      originY: y,
      size: 10,
      turn: 0,
      font,
      invisible: false,
      white: false,
      covered: false,
      unmapped: false,
    };
  });
  return toFragment(glyphs);
}

test("rows of numbers stay apart where the header stands further off and a cell is empty", () => {
  const rows = [
    [cell("Name", 0, 10), cell("Ratio", 100, 10), cell("Note", 200, 10)],
    [cell("Arial", 0, 30), cell("1.15", 100, 30), cell("old", 200, 30)],
    [cell("Song", 0, 42), cell("1.30", 100, 42)],
  ];
  expect(tableFromRows(rows, "rules")!.rows).toEqual([
    ["Name", "Ratio", "Note"],
    ["Arial", "1.15", "old"],
    ["Song", "1.30", ""],
  ]);
});

test("the second line of a cell of words joins the row above", () => {
  const rows = [
    [cell("Name", 0, 10), cell("Use", 100, 10)],
    [cell("Knife", 0, 30), cell("cuts", 100, 30)],
    [cell("bread", 100, 42)],
  ];
  expect(tableFromRows(rows, "rules")!.rows).toEqual([
    ["Name", "Use"],
    ["Knife", "cuts bread"],
  ]);
});
