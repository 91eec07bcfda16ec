import fc from "fast-check";
import { expect, test } from "vitest";
import * as g from "../src/index.ts";
import { addDims, divDims, evaluateDim, floorDivDim, mulDims } from "../src/tensor/dim.ts";

const settings = { seed: 11, numRuns: 25 } as const;
const numbers = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(3.3 * i) + 0.1);
const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const dims = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 });

/** Two shapes that broadcast: one shape, with axes of each side set to 1 or, from the front, left out. */
const broadcastable = fc
  .record({
    shape: dims,
    ones: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 3, maxLength: 3 }),
    cut: fc.integer({ min: 0, max: 3 }),
  })
  .map(
    ({ shape, ones, cut }) =>
      [
        shape.map((dim, i) => (ones[i] === 1 ? 1 : dim)),
        shape.map((dim, i) => (ones[i] === 2 ? 1 : dim)).slice(Math.min(cut, shape.length)),
      ] as const,
  );

test("broadcast products and their gradients have the right shapes and sums", async () => {
  await fc.assert(
    fc.asyncProperty(broadcastable, async ([left, right]) => {
      const program = await g.compile(
        ({ a, b }) => {
          const y = g.mul(a, b);
          return { y, grads: g.gradients(g.reduceSum(y), { a, b }) };
        },
        { inputs: { a: { dtype: "float32", shape: left }, b: { dtype: "float32", shape: right } } },
      );
      const [a, b] = [numbers(size(left)), numbers(size(right))];
      const { y, grads } = await program({ a: g.value(a, left), b: g.value(b, right) });
      await program.close();
      expect(grads.a.dims).toEqual(left);
      expect(grads.b.dims).toEqual(right);
      // Σ a·∂y/∂a = Σ y, whatever was broadcast.
      const total = g.numbers(y).reduce((s, x) => s + x, 0);
      for (const [x, dx] of [
        [a, grads.a],
        [b, grads.b],
      ] as const) {
        const inner = g.numbers(dx).reduce((s, value, i) => s + value * x[i]!, 0);
        expect(inner).toBeCloseTo(total, 3);
      }
    }),
    settings,
  );
});

test("one compilation serves every length of its named dimensions", async () => {
  const width = 8;
  const layer = ({ x }: { x: g.Tensor }) => {
    const heads = g.transpose(g.reshape(x, ["batch", "time", 2, width / 2]), [0, 2, 1, 3]);
    const y = g.reshape(g.transpose(g.attention(heads, heads, heads, { causal: true }), [0, 2, 1, 3]), x.shape);
    const joined = g.concat([y, g.slice(y, { axes: [1], starts: [1], ends: [null] })], { axis: 1 });
    return { joined, dx: g.gradients(g.reduceMean(g.square(joined)), x) };
  };
  const dynamic = await g.compile(layer, { inputs: { x: { dtype: "float32", shape: ["batch", "time", width] } } });
  const lengths = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 6 }));
  await fc.assert(
    fc.asyncProperty(lengths, async ([batch, time]) => {
      const shape = [batch, time, width];
      const fixedLayer = ({ x }: { x: g.Tensor }) => {
        const heads = g.transpose(g.reshape(x, [batch, time, 2, width / 2]), [0, 2, 1, 3]);
        const y = g.reshape(g.transpose(g.attention(heads, heads, heads, { causal: true }), [0, 2, 1, 3]), x.shape);
        const joined = g.concat([y, g.slice(y, { axes: [1], starts: [1], ends: [null] })], { axis: 1 });
        return { joined, dx: g.gradients(g.reduceMean(g.square(joined)), x) };
      };
      const fixed = await g.compile(fixedLayer, { inputs: { x: { dtype: "float32", shape } } });
      const x = g.value(numbers(size(shape)), shape);
      const [a, b] = [await dynamic({ x }), await fixed({ x })];
      await fixed.close();
      expect(a.joined.dims).toEqual([batch, 2 * time - 1, width]);
      expect(g.numbers(a.joined)).toEqual(g.numbers(b.joined));
      expect(g.numbers(a.dx)).toEqual(g.numbers(b.dx));
    }),
    settings,
  );
  await dynamic.close();
});

test("arithmetic on named dimensions agrees with arithmetic on their sizes", () => {
  const sizes = fc.record({
    batch: fc.integer({ min: 1, max: 9 }),
    time: fc.integer({ min: 1, max: 9 }),
    k: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(sizes, ({ batch, time, k }) => {
      const at = (dim: g.Dim) => evaluateDim(dim, { batch, time });
      const area = mulDims(addDims("batch", k), "time");
      expect(at(area)).toBe((batch + k) * time);
      expect(divDims(area, "time")).toBe(addDims("batch", k));
      expect(at(floorDivDim(addDims("time", k), 2))).toBe(Math.floor((time + k) / 2));
      expect(addDims(area, mulDims(area, -1))).toBe(0);
    }),
    { seed: 11 },
  );
});
