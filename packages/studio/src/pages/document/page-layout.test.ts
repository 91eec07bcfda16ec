import { expect, test } from "vitest";
import { chooseDpi, pageWidthPx, toPercent, toSlots } from "./page-layout.ts";

test("pages that are not read yet have a place of the size of the page before", () => {
  const summary = { number: 1, widthPt: 400, heightPt: 300, status: "text" as const };
  expect(toSlots({ pageCount: 3 }, [summary]).map(({ number, widthPt }) => [number, widthPt])).toEqual([
    [1, 400],
    [2, 400],
    [3, 400],
  ]);
});

test("the picture is at least as fine as the screen", () => {
  expect(chooseDpi(600, 595, 1)).toBe(96);
  expect(chooseDpi(600, 595, 2)).toBe(192);
  expect(chooseDpi(5000, 595, 2)).toBe(300);
});

test("a page fits its column at zoom 1 and never vanishes", () => {
  expect(pageWidthPx(832, 1)).toBe(800);
  expect(pageWidthPx(832, 0.5)).toBe(400);
  expect(pageWidthPx(100, 0.5)).toBe(160);
});

test("boxes become percentages of their page", () => {
  expect(toPercent([100, 50, 300, 150], { widthPt: 400, heightPt: 200 })).toEqual({
    left: "25.000%",
    top: "25.000%",
    width: "50.000%",
    height: "50.000%",
  });
});
