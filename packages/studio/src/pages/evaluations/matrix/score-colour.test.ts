import { expect, test } from "vitest";
import { goodness, scoreColour } from "./score-colour.ts";

test("scores are coloured by where they stand between the run's worst and best, lower being better where it is", () => {
  const scale = { min: 0.2, max: 0.6, direction: "higher" as const };
  expect([0.2, 0.4, 0.6, null].map((score) => goodness(score, scale))).toEqual([
    0,
    expect.closeTo(0.5, 9),
    1,
    undefined,
  ]);
  expect(goodness(0.2, { ...scale, direction: "lower" })).toBe(1);
  expect(goodness(0.2, { ...scale, direction: "none" })).toBeUndefined();
  expect(goodness(0.3, { min: 0.3, max: 0.3, direction: "higher" })).toBe(1);
  expect(scoreColour(1)).toBe("color-mix(in srgb, #0072b2 32%, transparent)");
  expect(scoreColour(0)).toBe("color-mix(in srgb, #d55e00 32%, transparent)");
  expect(scoreColour(0.5)).toContain(" 0%");
  expect(scoreColour(undefined)).toBeUndefined();
});
