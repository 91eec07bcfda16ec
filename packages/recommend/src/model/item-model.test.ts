import { runAtOnce } from "@loam/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { largest } from "../evaluate/evaluate-ranking.ts";
import { itemsOf, toInteractions } from "../items/interactions.ts";
import { invertSymmetric } from "./inverse.ts";
import { ease, itemCosine, scoreItems } from "./item-model.ts";

// Two camps: users 0–3 like items 0–2, users 4–7 like items 3–5.
const camps = toInteractions(
  Array.from({ length: 8 }, (_, user) =>
    [0, 1, 2].map((i) => [user, i + (user < 4 ? 0 : 3)] as const).filter((_, i) => i !== user % 3),
  ).flat(),
  8,
  6,
);

test.each([
  ["EASE^R", ease(camps, { regularisation: 1 })],
  ["item cosine", itemCosine(camps)],
])("%s recommends from one's own camp", (_, model) => {
  const scores = scoreItems(model, [0, 1]);
  scores[0] = scores[1] = Number.NEGATIVE_INFINITY;
  expect(largest(scores, 1)).toEqual([2]);
});

test("a pair that comes twice counts once, an index outside is refused", () => {
  expect([
    ...itemsOf(
      toInteractions(
        [
          [0, 2],
          [0, 1],
          [0, 2],
        ],
        1,
        3,
      ),
      0,
    ),
  ]).toEqual([1, 2]);
  expect(() => toInteractions([[0, 3]], 1, 3)).toThrow("`item` is 3; expected an index below 3.");
});

test("a matrix times its inverse is the identity", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 144, maxLength: 144 }),
      (n, values) => {
        const a = new Float64Array(n * n);
        for (let i = 0; i < n; i++)
          for (let j = 0; j < n; j++)
            for (let k = 0; k < n; k++)
              a[i * n + j]! += values[i * n + k]! * values[j * n + k]! + (i === j ? 0.5 / n : 0);
        const inverse = runAtOnce(invertSymmetric(a.slice(), n));
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            let sum = 0;
            for (let k = 0; k < n; k++) sum += a[i * n + k]! * inverse[k * n + j]!;
            expect(sum).toBeCloseTo(i === j ? 1 : 0, 8);
          }
        }
      },
    ),
    { seed: 7, numRuns: 50 },
  );
});

test("a matrix that is not positive definite says at which pivot", () => {
  expect(() => runAtOnce(invertSymmetric(Float64Array.of(1, 2, 2, 1), 2))).toThrow("pivot 1 is -3");
});
