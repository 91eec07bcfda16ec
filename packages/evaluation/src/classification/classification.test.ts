import { expect, test } from "vitest";
import { classification } from "./classification.ts";

// scikit-learn's own example: f1_score([0, 1, 2, 0, 1, 2], [0, 2, 1, 0, 0, 1]) is 0.2667 macro, 0.3333 micro.
test("macro and micro F1 equal scikit-learn's", () => {
  const score = classification(["0", "2", "1", "0", "0", "1"], ["0", "1", "2", "0", "1", "2"]);
  expect(score).toMatchObject({
    accuracy: 1 / 3,
    microF1: expect.closeTo(1 / 3, 12),
    macroF1: expect.closeTo(4 / 15, 12),
  });
  expect(Object.keys(score.labels)).toEqual(["0", "1", "2"]);
});

test("a label that is only predicted counts in the macro mean", () => {
  expect(classification(["a", "b"], ["a", "a"])).toMatchObject({
    accuracy: 0.5,
    macroF1: expect.closeTo((2 / 3 + 0) / 2, 12),
    labels: { b: { precision: 0, recall: 0, f: 0, support: 0 } },
  });
});
