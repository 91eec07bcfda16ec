import { expect, test } from "vitest";
import * as g from "../index.ts";

const spec = { x: { dtype: "float32", shape: ["n", 8] }, w: { dtype: "float32", shape: [8, 8] } } as const;
const layer = (w: g.Tensor) => (x: g.Tensor) => g.add(x, g.tanh(g.matmul(g.silu(x), w)));

test("checkpointing changes neither value nor gradients, also of captured tensors", async () => {
  const loss = (wrap: typeof g.checkpoint) => (w: g.Tensor, x: g.Tensor) =>
    g.reduceMean(g.square([1, 2, 3].reduce((h) => wrap(layer(w))(h), x)));
  const program = await g.compile(
    ({ x, w }) => ({
      plain: g.valueAndGrad(loss((f) => f))(w, x),
      checkpointed: g.valueAndGrad(loss(g.checkpoint))(w, x),
      selective: g.valueAndGrad(loss((f) => g.checkpoint(f, { keep: "products" })))(w, x),
    }),
    { inputs: spec },
  );
  const numbers = (n: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(3 * i));
  const { plain, ...others } = await program({ x: g.value(numbers(16), [2, 8]), w: g.value(numbers(64), [8, 8]) });
  for (const { value, grads } of Object.values(others)) {
    expect(g.numbers(value)).toEqual(g.numbers(plain.value));
    expect(g.numbers(grads)).toEqual(g.numbers(plain.grads));
  }
  await program.close();
});
