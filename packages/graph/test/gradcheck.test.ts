import { Rng } from "@loam/core";
import { describe, expect, test } from "vitest";
import * as g from "../src/index.ts";
import { type GradcheckRow, gradcheckTable } from "./gradcheck.table.ts";

const step = 1e-2;
/** Central differences in float32: an error of step² in the function's third derivative, and of rounding / step. */
const tolerance = 5e-3;

/** ⟨gradient, v⟩ and the difference quotient along v, for one random direction. */
async function compare({ shapes, fn, domain }: GradcheckRow, rng: Rng): Promise<{ analytic: number; numeric: number }> {
  const specs = shapes.map((shape) => ({ dtype: "float32" as const, shape }));
  const program = await g.compile(
    ({ x }) => {
      const y = fn(...x);
      const weights = g.sin(g.reshape(g.cast(g.range({ length: size(y.shape) }), "float32"), y.shape));
      const loss = g.reduceSum(g.mul(y, weights));
      return { loss, grads: g.gradients(loss, x) };
    },
    { inputs: { x: specs } },
  );
  const draw = () => specs.map(({ shape }) => Float32Array.from({ length: size(shape) }, () => rng.normal()));
  const point = draw().map((x) => (domain === "positive" ? x.map((value) => Math.abs(value) + 0.5) : x));
  const direction = draw();
  const at = (distance: number) =>
    program({
      x: point.map((x, i) =>
        g.value(
          x.map((value, j) => value + distance * direction[i]![j]!),
          specs[i]!.shape,
        ),
      ),
    });
  const [plus, minus, centre] = [await at(step), await at(-step), await at(0)];
  await program.close();
  const loss = (result: typeof plus) => g.numbers(result.loss)[0]!;
  const analytic = centre.grads.reduce(
    (sum, grad, i) =>
      sum + g.numbers(grad as g.Value).reduce((inner, value, j) => inner + value * direction[i]![j]!, 0),
    0,
  );
  return { analytic, numeric: (loss(plus) - loss(minus)) / (2 * step) };
}

const size = (shape: g.Shape): number => (shape as number[]).reduce((a, b) => a * b, 1);

describe("gradients equal difference quotients", () => {
  const differentiable = [...g.primitives.values()].filter(({ vjp }) => vjp !== "none").map(({ name }) => name);

  test.each(differentiable)("%s", async (name) => {
    const row = gradcheckTable[name];
    expect(row, `${name} has no row in gradcheck.table.ts`).toBeDefined();
    const rng = new Rng(7);
    for (let i = 0; i < 3; i++) {
      const { analytic, numeric } = await compare(row!, rng);
      expect(Math.abs(analytic - numeric)).toBeLessThan(tolerance * Math.max(1, Math.abs(numeric)));
    }
  });

  test("the table names no primitive that does not exist", () => {
    expect(Object.keys(gradcheckTable).filter((name) => !g.primitives.has(name))).toEqual([]);
  });
});

test("gradients can be differentiated again", async () => {
  const program = await g.compile(
    ({ x }) => g.grad((y: g.Tensor) => g.reduceSum(g.grad((z: g.Tensor) => g.reduceSum(g.mul(z, g.tanh(z))))(y)))(x),
    { inputs: { x: { dtype: "float32", shape: [3] } } },
  );
  const points = [-0.7, 0.1, 1.3];
  const found = g.numbers((await program({ x: g.value(points) })) as g.Value);
  // (x·tanh x)'' = 2·sech²x·(1 - x·tanh x)
  for (const [i, x] of points.entries())
    expect(found[i]).toBeCloseTo((2 / Math.cosh(x) ** 2) * (1 - x * Math.tanh(x)), 5);
  await program.close();
});
