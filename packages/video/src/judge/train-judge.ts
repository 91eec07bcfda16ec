import { type OnProgress, ProgressMeter, Rng, throwIfCancelled } from "@loam/core";
import { adamW, add, crossEntropy, schedule, type Tensor, type Value, value } from "@loam/graph";
import type { ClipSource } from "../data/clip-source.ts";
import { compileLearner } from "../training/learner.ts";
import {
  frameJudge,
  initialJudge,
  type JudgeConfig,
  judgeFrames,
  judgeShapes,
  onCanvas,
  writeJudge,
} from "./frame-judge.ts";
import { judgeClips } from "./judge-clips.ts";

export interface TrainJudgeOptions {
  /** Clips that it does not learn from, for its accuracy. */
  test: ClipSource;
  output: string;
  steps?: number;
  batchSize?: number;
  testClips?: number;
  seed?: number;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/**
 * Trains a judge on single frames of a source whose facts are known, and tells how often it is right about clips of another.
 * It shares nothing with the models that it judges.
 */
export async function trainJudge(
  source: ClipSource,
  { test, output, steps = 2500, batchSize = 64, testClips = 400, seed = 7, signal, onProgress }: TrainJudgeOptions,
): Promise<JudgeConfig> {
  const { sizes } = source;
  const { motion: _, ...aspects } = source.aspects;
  const names = Object.keys(aspects);
  const config: JudgeConfig = {
    model_type: "loam-frame-judge",
    version: 1,
    channels: source.channels,
    height: Math.max(...sizes.map(({ height }) => height)),
    width: Math.max(...sizes.map(({ width }) => width)),
    ...(sizes.length > 1 && { sizes: sizes.map(({ height, width }) => ({ height, width })) }),
    aspects: Object.fromEntries(names.map((name) => [name, [...aspects[name]!]])),
    accuracy: {},
  };
  const shapes = judgeShapes(config);
  const frames = { dtype: "float32", shape: [batchSize, config.channels, config.height, config.width] } as const;
  const labels = Object.fromEntries(
    names.map((name) => [`label.${name}`, { dtype: "int64", shape: [batchSize] } as const]),
  );
  const learner = await compileLearner({
    name: "judge-step",
    shapes,
    batch: { frames, ...labels } as Record<string, { dtype: "float32" | "int64"; shape: readonly number[] }>,
    optimiser: adamW({ weightDecay: 0.01 }),
    clipNorm: 1,
    loss: (params, batch) => {
      const { logits } = judgeFrames(params, config, batch.frames!);
      const losses = names.map((name) => crossEntropy(logits[name]!, batch[`label.${name}`]!));
      return losses.reduce((a: Tensor, b: Tensor) => add(a, b));
    },
  });
  const rng = new Rng(seed);
  const rate = schedule("cosine", { learningRate: 2e-3, warmupSteps: 50, totalSteps: steps });
  const meter = new ProgressMeter(onProgress, { task: "judge", unit: "step", total: steps });
  const initial = Object.entries(initialJudge(config, rng));
  let state = learner.start(Object.fromEntries(initial.map(([name, data]) => [name, value(data, shapes[name])])));
  try {
    for (let step = 0; step < steps; step++) {
      throwIfCancelled(signal, "Training the judge");
      const batch = await frameBatch(source, config, names, batchSize, rng);
      const result = await learner.step(state, batch, { learningRate: rate(step), emaDecay: 0.99 });
      state = result.state;
      meter.advance(1, `loss ${result.loss.toFixed(4)}`);
    }
  } finally {
    await learner.close();
  }
  const weights = Object.fromEntries(
    Object.entries(state.ema).map(([name, { dims, data }]) => [name, { shape: dims, data: data as Float32Array }]),
  );
  const judge = await frameJudge(config, weights);
  const clips = [];
  for (let i = 0; i < testClips; i++) clips.push(await test.draw(rng, sizes[i % sizes.length]!));
  const { right } = await judgeClips(
    judge,
    clips,
    clips.map(({ facts }) => facts!),
  );
  await judge.close();
  const told = { ...config, accuracy: right };
  await writeJudge(output, told, weights);
  return told;
}

/** One frame of each of as many clips, with what it shows. */
async function frameBatch(
  source: ClipSource,
  { channels, height, width, aspects }: JudgeConfig,
  names: readonly string[],
  count: number,
  rng: Rng,
): Promise<Record<string, Value>> {
  const canvas = channels * height * width;
  const frames = new Float32Array(count * canvas);
  const labels = Object.fromEntries(names.map((name) => [name, [] as number[]]));
  for (let i = 0; i < count; i++) {
    const size = source.sizes[i % source.sizes.length]!;
    const { data, facts, frames: length } = await source.draw(rng, size);
    const frame = rng.integer(length);
    const own = channels * size.height * size.width;
    const shown = data.subarray(frame * own, (frame + 1) * own);
    frames.set(onCanvas({ channels, height, width }, shown, size), i * canvas);
    for (const name of names) labels[name]!.push(aspects[name]!.indexOf(facts![name]!));
  }
  return {
    frames: value(frames, [count, channels, height, width]),
    ...Object.fromEntries(names.map((name) => [`label.${name}`, value(labels[name]!, [count], "int64")])),
  };
}
