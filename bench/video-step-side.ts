/** Loam's side of video-step.bench.ts in a process of its own: a training step for each line on stdin, answered with a line. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Rng } from "../packages/core/src/index.ts";
import { adamW, value } from "../packages/graph/src/index.ts";
import { flowLoss } from "../packages/video/src/diffusion/flow/loss.ts";
import { initialVideoDit } from "../packages/video/src/dit/initial.ts";
import { videoDit } from "../packages/video/src/dit/video-dit.ts";
import { modulesOf } from "../packages/video/src/model/model-parameters.ts";
import { videoModelShapes } from "../packages/video/src/model/video-model.ts";
import { initialLearnedWords, learnedPrompts } from "../packages/video/src/text/learned-words.ts";
import { compileLearner } from "../packages/video/src/training/learner.ts";
import { type VideoShape, videoShapes, videoWords } from "./video-shapes.ts";

const { hidden, depth, heads, batch, grid, patch, channels, textDim } = videoShapes[process.argv[2] as VideoShape];
const dit = {
  ...{ channels, hidden, depth, heads, textDim, mlpRatio: 4, patch: [...patch] as [number, number, number] },
  ...({ positions: "sincos", attention: "full" } as const),
};
const words = Array.from({ length: 19 }, (_, i) => `w${i}`);
const shapes: Record<string, readonly number[]> = videoModelShapes({ dit, words, maxWords: videoWords });
const [frames, height, width] = grid.map((count, axis) => count * patch[axis]!) as [number, number, number];
const clip = [batch, frames, channels, height, width];
const numbers = (size: number, rng: Rng) => Float32Array.from({ length: size }, () => rng.normal());
const size = clip.reduce((a, b) => a * b, 1);
const rng = new Rng(1);
const learner = await compileLearner({
  name: "video-step",
  shapes,
  batch: {
    x: { dtype: "float32", shape: clip },
    eps: { dtype: "float32", shape: clip },
    t: { dtype: "float32", shape: [batch] },
    ids: { dtype: "int64", shape: [batch, videoWords] },
    mask: { dtype: "bool", shape: [batch, videoWords] },
  },
  optimiser: adamW({ betas: [0.9, 0.99], weightDecay: 0.01 }),
  clipNorm: 1,
  loss: (params, { x, eps, t, ids, mask }) => {
    const modules = modulesOf(params);
    const predict = (xt: typeof x) =>
      videoDit(modules, dit, { x: xt, t, prompts: learnedPrompts(modules, { ids, mask }) });
    return flowLoss({ x, eps, t }, { prediction: "x", predict });
  },
});
const initial = {
  ...initialVideoDit(dit, rng),
  ...initialLearnedWords({ words: words.length, maxWords: videoWords }, textDim, rng),
};
let state = learner.start(
  Object.fromEntries(Object.entries(initial).map(([name, data]) => [name, value(data, shapes[name])])),
);
const [x, eps] = [value(numbers(size, rng), clip), value(numbers(size, rng), clip)];
const ids = value(
  Array.from({ length: batch * videoWords }, (_, i) => i % 19),
  [batch, videoWords],
  "int64",
);
const mask = value(Array(batch * videoWords).fill(true), [batch, videoWords], "bool");

const peak = () => 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))![1]);
const answer = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);
answer({ parameters: Object.values(initial).reduce((sum, data) => sum + data.length, 0) });
for await (const _ of createInterface({ input: process.stdin })) {
  const t = value(
    Float32Array.from({ length: batch }, () => rng.uniform()),
    [batch],
  );
  const [start, processor] = [performance.now(), process.cpuUsage()];
  ({ state } = await learner.step(state, { x, eps, t, ids, mask }, { learningRate: 1.5e-3, emaDecay: 0.999 }));
  const { user, system } = process.cpuUsage(processor);
  answer({ ms: performance.now() - start, cpuMs: (user + system) / 1000, peakBytes: peak() });
}
