import { Rng } from "@loam/core";
import { type Value, value } from "@loam/graph";
import type { ClipSource } from "../data/clip-source.ts";
import { drawTimes, type TimeDistribution } from "../diffusion/flow/times.ts";
import type { ClipSize } from "../patches/patchify.ts";
import type { Vocabulary } from "../text/vocabulary.ts";

/** Batches that depend on nothing but the seed and the number of the step, so that a resumed run sees what it would have seen. */
export interface ClipBatches {
  source: ClipSource;
  vocabulary: Vocabulary;
  batchSize: number;
  seed: number;
  times: TimeDistribution;
  timeShift: number;
  promptDropout: number;
}

/** What a training step is given, by name. */
export const clipBatchSpec = (
  { batchSize: B, vocabulary, source }: Pick<ClipBatches, "batchSize" | "vocabulary" | "source">,
  { frames, height, width }: ClipSize,
) => {
  const clips = { dtype: "float32", shape: [B, frames, source.channels, height, width] } as const;
  const words = [B, vocabulary.maxWords];
  return {
    x: clips,
    eps: clips,
    t: { dtype: "float32", shape: [B] },
    ids: { dtype: "int64", shape: words },
    mask: { dtype: "bool", shape: words },
    drop: { dtype: "bool", shape: [B] },
  } as const;
};

/** The batch of a step. */
export async function clipBatch(
  { source, vocabulary, batchSize: B, seed, times, timeShift, promptDropout }: ClipBatches,
  step: number,
  size: ClipSize,
): Promise<Record<keyof ReturnType<typeof clipBatchSpec>, Value>> {
  const rng = new Rng(seed * 1_000_003 + step);
  const shape = [B, size.frames, source.channels, size.height, size.width];
  const each = shape.slice(1).reduce((a, b) => a * b, 1);
  const x = new Float32Array(B * each);
  const eps = Float32Array.from({ length: B * each }, () => rng.normal());
  const prompts = [];
  for (let row = 0; row < B; row++) {
    const { data, caption } = await source.draw(rng, size);
    x.set(data, row * each);
    prompts.push(vocabulary.encode(caption));
  }
  return {
    x: value(x, shape),
    eps: value(eps, shape),
    t: value(drawTimes(rng, B, times, { shift: timeShift }), [B]),
    ids: value(
      prompts.flatMap(({ ids }) => ids),
      [B, vocabulary.maxWords],
      "int64",
    ),
    mask: value(
      prompts.flatMap(({ mask }) => mask),
      [B, vocabulary.maxWords],
      "bool",
    ),
    drop: value(
      Array.from({ length: B }, () => rng.uniform() < promptDropout),
      [B],
      "bool",
    ),
  };
}
