import { Rng } from "@loam/core";
import { type VideoModel, type VideoModelConfig, videoModel, videoModelShapes } from "./video-model.ts";

/** A small untrained model: for tests of what is around one, and to measure with. */
export function randomVideoModel({
  name = "random",
  words,
  seed = 1,
  ...rest
}: { name?: string; words: readonly string[]; seed?: number } & Partial<VideoModelConfig>): VideoModel {
  const config: VideoModelConfig = {
    model_type: "loam-video",
    version: 1,
    name,
    dit: {
      ...{ channels: 3, patch: [4, 8, 8], hidden: 32, depth: 1, heads: 2, mlpRatio: 2, textDim: 16 },
      ...{ positions: "sincos", attention: "full" },
    },
    predicts: "x",
    words: [...words],
    maxWords: 8,
    sizes: [{ frames: 8, height: 16, width: 16 }],
    framesPerSecond: 8,
    sampling: { sampler: "euler", steps: 4, shift: 3, guidance: 2 },
    examples: [],
    ...rest,
  };
  const rng = new Rng(seed);
  const weights = Object.entries(videoModelShapes(config) as Record<string, readonly number[]>).map(([key, shape]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const spread = 1 / Math.sqrt(shape.at(-1)!);
    return [key, { shape, data: Float32Array.from({ length: size }, () => spread * rng.normal()) }] as const;
  });
  return videoModel(config, Object.fromEntries(weights));
}
