import { expect, test } from "vitest";
import { withinTime } from "./time-limit.ts";

test("a result and an error come through, also from inside one another", () => {
  expect(withinTime("Adding", 1000, () => 1 + withinTime("Doubling", 1000, () => 4))).toBe(5);
  expect(() =>
    withinTime("Failing", 1000, () => {
      throw new RangeError("as it was");
    }),
  ).toThrow(RangeError);
});

test.each([
  [
    "a loop",
    () => {
      for (;;);
    },
  ],
  ["a regular expression that tries every way", () => /^(a+)+$/.test(`${"a".repeat(60)}!`)],
])("%s is stopped", (_what, work) => {
  expect(() => withinTime("The template", 50, work)).toThrow("The template took more than 50 ms");
});
