import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError, NotFoundError, type Rng } from "@loam/core";
import { readSafetensors, writeSafetensors } from "@loam/formats";
import { compile, conv2d, flatten, floats, linear, relu, softmax, type Tensor, value, weight } from "@loam/graph";
import { z } from "zod";

const JudgeConfigFile = z.object({
  model_type: z.literal("loam-frame-judge"),
  version: z.literal(1),
  channels: z.number(),
  /** The canvas that frames lie on; smaller ones lie in its middle. */
  height: z.number(),
  width: z.number(),
  /** Sizes that it was trained on; left out, that of the canvas. */
  sizes: z.array(z.object({ height: z.number(), width: z.number() })).optional(),
  /** What it can tell: for each aspect, its values. */
  aspects: z.record(z.string(), z.array(z.string())),
  /** Of real clips that it was not trained on. */
  accuracy: z.record(z.string(), z.number()).default({}),
});
export type JudgeConfig = z.infer<typeof JudgeConfigFile>;

/** Channels of the three convolutions, each of which halves the picture, and the width of the features behind them. */
const widths = [16, 32, 64] as const;
export const featureWidth = 64;

export function judgeShapes({ channels, height, width, aspects }: JudgeConfig): Record<string, readonly number[]> {
  const halved = (side: number) => widths.reduce((at) => Math.ceil(at / 2), side);
  const shapes: Record<string, readonly number[]> = {};
  let inputs = channels;
  for (const [i, outputs] of widths.entries()) {
    shapes[`conv${i}.weight`] = [outputs, inputs, 3, 3];
    shapes[`conv${i}.bias`] = [outputs];
    inputs = outputs;
  }
  shapes["features.weight"] = [featureWidth, inputs * halved(height) * halved(width)];
  shapes["features.bias"] = [featureWidth];
  for (const [aspect, values] of Object.entries(aspects)) {
    shapes[`heads.${aspect}.weight`] = [values.length, featureWidth];
    shapes[`heads.${aspect}.bias`] = [values.length];
  }
  return shapes;
}

/** He-normal weights (arXiv:1502.01852 eq. 10), zero biases. */
export const initialJudge = (config: JudgeConfig, rng: Rng): Record<string, Float32Array> =>
  Object.fromEntries(
    Object.entries(judgeShapes(config)).map(([name, shape]) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const spread = name.endsWith(".bias") ? 0 : Math.sqrt((2 * shape[0]!) / size);
      return [name, Float32Array.from({ length: size }, () => spread * rng.normal())];
    }),
  );

/** Three strided convolutions, one layer of features, one head for each aspect. frames [N, C, H, W]. */
export function judgeFrames(
  weights: Readonly<Record<string, Tensor>>,
  { aspects }: JudgeConfig,
  frames: Tensor,
): { features: Tensor; logits: Record<string, Tensor> } {
  let x = frames;
  for (let i = 0; i < widths.length; i++)
    x = relu(conv2d(x, weights[`conv${i}.weight`]!, weights[`conv${i}.bias`], { stride: 2, padding: 1 }));
  const features = relu(linear(flatten(x, { from: 1 }), weights["features.weight"]!, weights["features.bias"]));
  const head = (aspect: string) =>
    linear(features, weights[`heads.${aspect}.weight`]!, weights[`heads.${aspect}.bias`]);
  return { features, logits: Object.fromEntries(Object.keys(aspects).map((aspect) => [aspect, head(aspect)])) };
}

/** Frames [N, C, H, W] in the middle of the judge's canvas, on the grey between black and white. */
export function onCanvas(
  { channels, height, width }: Pick<JudgeConfig, "channels" | "height" | "width">,
  frames: Float32Array,
  own: { height: number; width: number },
): Float32Array {
  if (own.height === height && own.width === width) return frames;
  const planes = frames.length / (own.height * own.width);
  const [top, left] = [Math.floor((height - own.height) / 2), Math.floor((width - own.width) / 2)];
  const out = new Float32Array((planes / channels) * channels * height * width);
  for (let plane = 0; plane < planes; plane++)
    for (let y = 0; y < own.height; y++) {
      const from = (plane * own.height + y) * own.width;
      out.set(frames.subarray(from, from + own.width), (plane * height + top + y) * width + left);
    }
  return out;
}

/** Whether a judge was trained on frames of this size. */
export const knowsSize = (
  { channels, height, width, sizes = [{ height, width }] }: JudgeConfig,
  clip: { channels: number; height: number; width: number },
): boolean =>
  clip.channels === channels && sizes.some((size) => size.height === clip.height && size.width === clip.width);

/** A judge that is open. */
export interface FrameJudge {
  config: JudgeConfig;
  /** Probabilities of every aspect's values, and features, of frames [N, C, H, W] of its canvas. */
  look(frames: Float32Array): Promise<{ probabilities: Record<string, Float32Array>; features: Float32Array }>;
  close(): Promise<void>;
}

type Weights = Readonly<Record<string, { shape: readonly number[]; data: Float32Array }>>;

/** Frames that are looked at together. */
const framesAtOnce = 64;

export async function frameJudge(config: JudgeConfig, weights: Weights): Promise<FrameJudge> {
  const { channels, height, width, aspects } = config;
  const names = Object.keys(aspects);
  const each = channels * height * width;
  const program = await compile(
    ({ frames }: { frames: Tensor }) => {
      const tensors = Object.entries(weights).map(
        ([name, { shape, data }]) => [name, weight({ name, dtype: "float32", shape, source: { data } })] as const,
      );
      const { features, logits } = judgeFrames(Object.fromEntries(tensors), config, frames);
      const told = names.map((name) => [`p.${name}`, softmax(logits[name]!, { axis: -1 })] as const);
      return Object.fromEntries([["features", features], ...told]);
    },
    { inputs: { frames: { dtype: "float32", shape: ["n", channels, height, width] } }, name: "judge" },
  );
  return {
    config,
    async look(frames) {
      const count = frames.length / each;
      const features = new Float32Array(count * featureWidth);
      const probabilities = Object.fromEntries(
        names.map((name) => [name, new Float32Array(count * aspects[name]!.length)]),
      );
      for (let at = 0; at < count; at += framesAtOnce) {
        const n = Math.min(framesAtOnce, count - at);
        const part = value(frames.slice(at * each, (at + n) * each), [n, channels, height, width]);
        const result = await program({ frames: part });
        features.set(floats(result.features!), at * featureWidth);
        for (const name of names) probabilities[name]!.set(floats(result[`p.${name}`]!), at * aspects[name]!.length);
      }
      return { probabilities, features };
    },
    close: () => program.close(),
  };
}

export async function writeJudge(folder: string, config: JudgeConfig, weights: Weights): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeSafetensors(
    join(folder, "model.safetensors"),
    Object.entries(weights).map(([name, { shape, data }]) => [name, { dtype: "F32" as const, shape, data }] as const),
  );
  await writeFile(join(folder, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
}

/** @throws {NotFoundError} when there is no such folder. @throws {InputError} `bad_judge` when it holds something else. */
export async function openJudge(folder: string): Promise<FrameJudge> {
  const text = await readFile(join(folder, "config.json"), "utf8").catch((cause) => {
    throw new NotFoundError("judge", folder, { cause, hint: "`loam video judge recipe.yaml -o FOLDER` trains one" });
  });
  const config = JudgeConfigFile.safeParse(JSON.parse(text));
  if (!config.success)
    throw new InputError("bad_judge", `${folder}: config.json is not that of a judge.`, {
      hint: "`loam video judge RECIPE -o FOLDER` trains one",
    });
  const { tensors } = await readSafetensors(join(folder, "model.safetensors"));
  const weights = [...tensors].map(([name, { shape, data }]) => [name, { shape, data: data as Float32Array }] as const);
  return frameJudge(config.data, Object.fromEntries(weights));
}
