import { expect, test } from "vitest";
import * as g from "../index.ts";

/** SplitMix64 in plain integers. */
function splitMix(state: bigint): bigint {
  let z = BigInt.asUintN(64, state);
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
}

const draw = async (fn: (seed: g.Tensor) => g.Tensor, seed: number) => {
  const program = await g.compile(({ seed }) => fn(seed), { inputs: { seed: { dtype: "int64", shape: [] } } });
  const result = await program({ seed: g.value([seed], [], "int64") });
  await program.close();
  return g.numbers(result as g.Value);
};

test("uniform numbers are SplitMix64's top bits, counter by counter", async () => {
  const gamma = 0x9e3779b97f4a7c15n;
  const key = splitMix(42n + 3n * gamma);
  const expected = Array.from({ length: 12 }, (_, i) => Number(splitMix(key + BigInt(i) * gamma) >> 40n) / 2 ** 24);
  expect(await draw((seed) => g.randomUniform({ shape: [3, 4], seed, stream: 3 }), 42)).toEqual(expected);
});

test("another seed or stream gives other numbers", async () => {
  const uniform = (stream: number) => (seed: g.Tensor) => g.randomUniform({ shape: [8], seed, stream });
  const [first, again, seed, stream] = await Promise.all([
    draw(uniform(0), 1),
    draw(uniform(0), 1),
    draw(uniform(0), 2),
    draw(uniform(1), 1),
  ]);
  expect(again).toEqual(first);
  expect(seed).not.toEqual(first);
  expect(stream).not.toEqual(first);
});

test("normal numbers have mean 0 and variance 1", async () => {
  const x = await draw((seed) => g.randomNormal({ shape: [20_000], seed }), 7);
  const mean = x.reduce((a, b) => a + b) / x.length;
  const variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length;
  expect(Math.abs(mean)).toBeLessThan(0.02);
  expect(Math.abs(variance - 1)).toBeLessThan(0.03);
});

test("dropout keeps the expected share and scales it, and its gradient has the same zeros", async () => {
  const program = await g.compile(
    ({ x, seed }) => {
      const y = g.dropout(x, { rate: 0.25, seed });
      return { y, dx: g.vjp([y], [g.ones([4000])], [x])[0]! };
    },
    { inputs: { x: { dtype: "float32", shape: [4000] }, seed: { dtype: "int64", shape: [] } } },
  );
  const { y, dx } = await program({ x: g.value(new Float32Array(4000).fill(3)), seed: g.value([5], [], "int64") });
  const kept = g.numbers(y).filter((value) => value !== 0);
  expect(kept.length / 4000).toBeCloseTo(0.75, 1);
  expect(kept[0]).toBeCloseTo(4, 6);
  expect(g.numbers(dx)).toEqual(g.numbers(y).map((value) => value && Math.fround(4 / 3)));
  await program.close();
});
