import { expect, test } from "vitest";
import { cropOf } from "./crop.ts";

const page = { width: 600, height: 800 };

test("a crop has a margin around its box, and never leaves the page", () => {
  expect(cropOf([100, 100, 500, 140], page)).toEqual({ x: 86, y: 86, width: 428, height: 68 });
  expect(cropOf([0, 0, 600, 800], page)).toEqual({ x: 0, y: 0, width: 600, height: 800 });
});

test("a small box is shown with enough around it to be read, also at the edge", () => {
  expect(cropOf([580, 400, 595, 410], page)).toEqual({ x: 340, y: 386, width: 260, height: 38 });
});
