import { expect, test } from "vitest";
import * as g from "../index.ts";

const numbers = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + seed));
const inputs = {
  hidden: { dtype: "float32", shape: ["n", 8] },
  table: { dtype: "float32", shape: [11, 8] },
  target: { dtype: "int64", shape: ["n"] },
} as const;

/** The chunked loss, its gradients made late and early, beside the plain one, with gradients of both operands. */
const all = g.compile(
  ({ hidden, table, target }) => {
    const chunkedLoss = (name: string, withGradient: boolean) => (x: { hidden: g.Tensor; table: g.Tensor }) => {
      const { sum, count } = g.vocabularyLoss(x.hidden, x.table, target, { chunks: 3, name, withGradient });
      return g.div(sum, count);
    };
    const plain = (x: { hidden: g.Tensor; table: g.Tensor }) => g.crossEntropy(g.linear(x.hidden, x.table), target);
    return {
      late: g.valueAndGrad(chunkedLoss("late", false))({ hidden, table }),
      early: g.valueAndGrad(chunkedLoss("early", true))({ hidden, table }),
      plain: g.valueAndGrad(plain)({ hidden, table }),
    };
  },
  { inputs },
);

test.each([
  ["every position counts", [1, 2, 3, 4, 5, 6]],
  ["a chunk without any that counts", [-100, -100, 3, 4, -100, 6]],
  ["fewer positions than chunks", [7, -100]],
  ["one position", [10]],
])("the loss and its gradients equal those of all logits at once: %s", async (_, target) => {
  const n = target.length;
  const { plain, ...others } = await (await all)({
    hidden: g.value(numbers(8 * n, 1), [n, 8]),
    table: g.value(numbers(88, 2), [11, 8]),
    target: g.value(target, [n], "int64"),
  });
  for (const [when, chunked] of Object.entries(others)) {
    expect(g.numbers(chunked.value)[0]).toBeCloseTo(g.numbers(plain.value)[0]!, 5);
    for (const name of ["hidden", "table"] as const) {
      const expected = g.numbers(plain.grads[name]);
      for (const [i, x] of g.numbers(chunked.grads[name]).entries())
        expect(x, `${when} ${name} ${i}`).toBeCloseTo(expected[i]!, 5);
    }
  }
});

test("large logits neither overflow nor lose the loss", async () => {
  const hidden = numbers(16, 1).map((x) => 100 * x);
  const { late, early, plain } = await (await all)({
    hidden: g.value(hidden, [2, 8]),
    table: g.value(numbers(88, 2), [11, 8]),
    target: g.value([3, 8], [2], "int64"),
  });
  for (const chunked of [late, early]) expect(g.numbers(chunked.value)[0]).toBeCloseTo(g.numbers(plain.value)[0]!, 3);
});
