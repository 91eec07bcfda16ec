import { expect, test } from "vitest";
import * as g from "../index.ts";

const shape = [96, 64];
const specs = { large: { dtype: "float32", shape }, small: { dtype: "float32", shape: [8] } } as const;
const random = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9 + seed * 78.2) ** 3);
const draw = (seed: number) => ({ large: g.value(random(96 * 64, seed), shape), small: g.value(random(8, seed), [8]) });

async function train(optimiser: g.Optimiser, steps = 20) {
  const step = await g.compile(
    ({ params, grads, state }) => optimiser.update({ params, grads, state, learningRate: 0.01 }),
    { inputs: { params: specs, grads: specs, state: optimiser.stateSpec(specs) } },
  );
  let current = { params: draw(0) as { large: g.Value; small: g.Value }, state: optimiser.initialState(specs) };
  for (let i = 1; i <= steps; i++) current = await step({ ...current, grads: draw(i) });
  await step.close();
  return current;
}

test("8-bit state follows 32-bit state closely in a quarter of its size", async () => {
  const [exact, small] = [await train(g.adamW()), await train(g.adamW8bit())];
  const [a, b, start] = [exact.params.large, small.params.large, draw(0).large].map(g.numbers) as [
    number[],
    number[],
    number[],
  ];
  const rms = (x: number[], y: number[]) => Math.sqrt(x.reduce((sum, v, i) => sum + (v - y[i]!) ** 2, 0) / x.length);
  expect(rms(a, b)).toBeLessThan(0.05 * rms(a, start));
  expect(g.numbers(small.params.small)).toEqual(g.numbers(exact.params.small));
  expect(small.state.slots.large!.m!.type).toBe("uint8");
  expect(small.state.slots.small!.m!.type).toBe("float32");
});

test("the stored codes are those of the block-wise quantiser", async () => {
  const state = (await train(g.adamW8bit(), 1)).state.slots.large!;
  const m = g.floats(draw(1).large).map((gradient) => gradient * Math.fround(0.1));
  const expected = g.quantizeBlockwise(m, { codebook: g.dynamicMap(), blockSize: 256 });
  expect(state.m!.data).toEqual(expected.codes);
  expect(state.mAbsmax!.data).toEqual(expected.absmax);
});
