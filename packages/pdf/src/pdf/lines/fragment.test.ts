import { expect, test } from "vitest";
import type { Glyph } from "../glyphs.ts";
import { toCellRows } from "../layout/table.ts";
import { buildFragments } from "./fragment.ts";

const font = { name: "Song", bold: false, italic: false, mono: false };

/** Glyphs of 10 points on one line, each with its width; `gap` is set before it. */
function line(...marks: { text: string; width: number; gap?: number }[]): Glyph[] {
  let x = 0;
  return marks.map(({ text, width, gap = 0 }) => {
    x += gap;
    const box = [x, 0, x + width, 10] as const;
    const glyph: Glyph = {
      text,
      box,
      cell: box,
      originX: x,
      originY: 9,
      size: 10,
      turn: 0,
      font,
      invisible: false,
      white: false,
      covered: false,
      unmapped: false,
    };
    x += width;
    return glyph;
  });
}

const han = (text: string) => [...text].map((character) => ({ text: character, width: 10 }));

test("the blank half of a full-width mark is no gap: a justified Chinese line stays one piece", () => {
  const glyphs = line(
    ...han("在西文里"),
    { text: "，", width: 3 },
    { text: "基", width: 10, gap: 9 },
    ...han("线之间"),
  );
  expect(buildFragments(glyphs).map(({ text }) => text)).toEqual(["在西文里，基线之间"]);
  expect(toCellRows(buildFragments(glyphs))[0]).toHaveLength(1);
});

test("quotation marks between Chinese characters bring no spaces", () => {
  const glyphs = line(
    ...han("设"),
    { text: "“", width: 4, gap: 6 },
    ...han("多倍"),
    { text: "”", width: 4 },
    { text: "值", width: 10, gap: 6 },
  );
  expect(buildFragments(glyphs).map(({ text }) => text)).toEqual(["设“多倍”值"]);
});

test("a number after a Chinese bracket is a cell of its own", () => {
  const glyphs = line(
    ...han("中宋"),
    { text: "）", width: 3 },
    { text: "1", width: 5, gap: 9 },
    { text: "4", width: 5 },
  );
  expect(toCellRows(buildFragments(glyphs))[0]!.map(({ text }) => text)).toEqual(["中宋）", "14"]);
});
