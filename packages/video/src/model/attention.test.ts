import { Rng } from "@loam/core";
import { compile, floats, type Tensor, type Value, value } from "@loam/graph";
import { expect, test } from "vitest";
import { videoDit } from "../dit/video-dit.ts";
import { learnedPrompts } from "../text/learned-words.ts";
import { openAttention } from "./attention.ts";
import { modulesOf } from "./model-parameters.ts";
import { randomVideoModel } from "./random-model.ts";

const noise = (length: number, seed: number) => {
  const rng = new Rng(seed);
  return Float32Array.from({ length }, () => rng.normal());
};

const words = ["a", "red", "circle"];
const modelWith = (attention: "full" | "factorised") =>
  randomVideoModel({
    words,
    dit: {
      ...{ channels: 3, patch: [4, 8, 8], hidden: 32, depth: 2, heads: 2, mlpRatio: 2, textDim: 16 },
      ...{ positions: "rope", attention },
    },
  });

test.each(["full", "factorised"] as const)("a row of %s attention is the softmax of its scores", async (attention) => {
  const model = modelWith(attention);
  const { size, clip, prompt } = example(model);
  const viewer = await openAttention(model, { size });
  const [patch, time] = [5, 0.6];
  const look = await viewer.look({ prompt, clip, time, seed: 3, patch });
  await viewer.close();
  const [frames, rows, columns] = look.grid;
  const [T, place] = [frames * rows * columns, rows * columns];
  const wanted = await scoresOf(model, { size, clip, prompt, time, seed: 3 });
  for (const [block, { q, k }] of wanted.patches.entries()) {
    const span = attention === "full" ? "full" : block % 2 === 0 ? "frame" : "time";
    const sees = (token: number) =>
      span === "full" ||
      (span === "frame" ? Math.floor(token / place) === Math.floor(patch / place) : token % place === patch % place);
    expectNear(look.patches[block]!, softmaxRow(q, k, { heads: model.dit.heads, T, S: T, row: patch, sees }));
  }
  const count = look.words.length;
  expect(look.words.map(({ word }) => word)).toEqual(prompt.split(" "));
  for (const [block, { q, k }] of wanted.words.entries()) {
    const S = model.config.maxWords;
    const row = softmaxRow(q, k, { heads: model.dit.heads, T, S, row: patch, sees: (word) => word < count });
    expectNear(
      look.words.map(({ shares }) => shares[block]!),
      row.slice(0, count),
    );
  }
});

test("a patch, a time and a clip that there are not are named", async () => {
  const model = modelWith("full");
  const { size, clip, prompt } = example(model);
  const viewer = await openAttention(model, { size });
  const request = { prompt, clip, time: 0.5, seed: 1, patch: 0 };
  await expect(viewer.look({ ...request, patch: 999 })).rejects.toThrow(
    "`patch` is 999; expected a whole number from 0",
  );
  await expect(viewer.look({ ...request, time: 2 })).rejects.toThrow("`time` is 2; expected a number from 0");
  await expect(viewer.look({ ...request, clip: clip.slice(1) })).rejects.toThrow("expected a clip of");
  await viewer.close();
});

function example(model: ReturnType<typeof randomVideoModel>) {
  const size = model.sizes[0]!;
  const clip = noise(size.frames * model.dit.channels * size.height * size.width, 1);
  return { size, clip, prompt: model.config.words.slice(0, 2).join(" ") };
}

/** Queries and keys of every block, by a graph that gives them as they are. */
async function scoresOf(
  model: ReturnType<typeof randomVideoModel>,
  { size, clip, prompt, time, seed }: ReturnType<typeof example> & { time: number; seed: number },
) {
  const names = Object.keys(model.weights);
  const { ids, mask } = model.vocabulary.encode(prompt);
  const rng = new Rng(seed);
  const x = clip.map((of) => (1 - time) * of + time * rng.normal());
  const inputs = {
    x: value(x, [1, size.frames, model.dit.channels, size.height, size.width]),
    t: value([time], [1]),
    ids: value(ids, [1, ids.length], "int64"),
    mask: value(mask, [1, mask.length], "bool"),
    ...Object.fromEntries(names.map((name) => [name, value(model.weights[name]!.data, model.weights[name]!.shape)])),
  };
  const spec = Object.fromEntries(
    Object.entries(inputs).map(([name, { type, dims }]) => [name, { dtype: type, shape: dims }]),
  );
  type Sides<T> = { q: T; k: T };
  const program = await compile(
    (i: Record<string, Tensor>) => {
      const modules = modulesOf(Object.fromEntries(names.map((name) => [name, i[name]!])));
      const sides: Record<"patches" | "words", Sides<Tensor>[]> = { patches: [], words: [] };
      const prompts = learnedPrompts(modules, { ids: i.ids!, mask: i.mask! });
      const onAttention = (at: "patches" | "words", { q, k }: Sides<Tensor>) => void sides[at].push({ q, k });
      videoDit(modules, model.dit, { x: i.x!, t: i.t!, prompts, onAttention });
      return sides as never;
    },
    { inputs: spec as never },
  );
  const out = (await program(inputs as never)) as unknown as Record<"patches" | "words", Sides<Value>[]>;
  await program.close();
  const plain = (sides: Sides<Value>[]) => sides.map(({ q, k }) => ({ q: floats(q), k: floats(k) }));
  return { patches: plain(out.patches), words: plain(out.words) };
}

function softmaxRow(
  q: Float32Array,
  k: Float32Array,
  { heads, T, S, row, sees }: { heads: number; T: number; S: number; row: number; sees: (key: number) => boolean },
): number[] {
  const d = q.length / (heads * T);
  const mean = new Array<number>(S).fill(0);
  for (let h = 0; h < heads; h++) {
    const scores = Array.from({ length: S }, (_, s) => {
      let sum = 0;
      for (let i = 0; i < d; i++) sum += q[(h * T + row) * d + i]! * k[(h * S + s) * d + i]!;
      return sees(s) ? Math.exp(sum / Math.sqrt(d)) : 0;
    });
    const total = scores.reduce((a, b) => a + b, 0);
    for (let s = 0; s < S; s++) mean[s]! += scores[s]! / total / heads;
  }
  return mean;
}

function expectNear(actual: ArrayLike<number>, wanted: readonly number[]): void {
  expect(actual.length).toBe(wanted.length);
  for (const [i, x] of wanted.entries()) expect(actual[i]).toBeCloseTo(x, 5);
}
