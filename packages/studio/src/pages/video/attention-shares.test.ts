import { expect, test } from "vitest";
import { sharesOf } from "./attention-shares.ts";

const answer = {
  grid: [2, 1, 2] as [number, number, number],
  patches: [
    [0.1, 0.2, 0.3, 0.4],
    [0.7, 0.1, 0.1, 0.1],
  ],
  words: [
    { word: "a", shares: [0.25, 0.75] },
    { word: "3", shares: [0.75, 0.25] },
  ],
};

test("one block is shown as it is, all of them as their mean, and slices of time as sums", () => {
  expect(sharesOf(answer, 0)).toMatchObject({ patches: [0.1, 0.2, 0.3, 0.4], strongest: 0.4 });
  const all = sharesOf(answer, undefined);
  expect(all.patches[0]).toBeCloseTo(0.4);
  expect(all.slices[0]).toBeCloseTo(0.55);
  expect(all.slices[1]).toBeCloseTo(0.45);
  expect(all.words).toEqual([
    { word: "a", share: 0.5 },
    { word: "3", share: 0.5 },
  ]);
});
