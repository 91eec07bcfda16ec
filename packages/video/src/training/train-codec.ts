import { Rng } from "@loam/core";
import { value } from "@loam/graph";
import { codecLoss, codecShapes, initialCodec, latentSize } from "../codec/autoencoder.ts";
import { workingSize } from "../codec/latent-space.ts";
import { openCodecRunner } from "../codec/run-codec.ts";
import { principalShortcut } from "../codec/shortcut.ts";
import { type VideoCodec, type VideoCodecConfig, writeVideoCodec } from "../codec/video-codec.ts";
import type { ClipSource } from "../data/clip-source.ts";
import { openClipSource } from "../data/open-source.ts";
import { modulesOf } from "../model/model-parameters.ts";
import type { ClipSize } from "../patches/patchify.ts";
import { type CodecRecipe, codecRecipeDifferences } from "./codec-recipe.ts";
import { processBytes, type VideoForecast } from "./forecast.ts";
import { modelName } from "./model-name.ts";
import {
  runTraining,
  type TrainingJob,
  type TrainVideoOptions,
  type TrainVideoResult,
  type Weights,
} from "./training-run.ts";

type CodecBatch = ReturnType<typeof batchSpec>;

const batchSpec = ({ batch_size: B, codec }: CodecRecipe, channels: number, size: ClipSize) => {
  const { frames, height, width } = latentSize(codec, size);
  return {
    x: { dtype: "float32", shape: [B, channels, size.frames, size.height, size.width] },
    eps: { dtype: "float32", shape: [B, codec.latent, frames, height, width] },
  } as const;
};

/** Trains a codec on the clips of a recipe: reconstruction and KL, and at the end its decibels on clips that it never saw. */
export async function trainCodec(recipe: CodecRecipe, options: TrainVideoOptions): Promise<TrainVideoResult> {
  const source = await openClipSource(recipe.data, { besides: options.besides });
  return await runTraining(codecJob(recipe, source, options), options);
}

/** What training a codec takes; nothing starts. */
export function codecForecast(
  recipe: CodecRecipe,
  source: ClipSource,
  { resumedFrom }: { resumedFrom: number },
): VideoForecast {
  const codec = { ...recipe.codec, channels: source.channels };
  const parameters = count(codecShapes(codec));
  for (const size of source.sizes) workingSize({ patch: [1, 1, 1], codec }, size);
  const pixels = Math.max(...source.sizes.map(({ frames, height, width }) => frames * height * width));
  const tokensPerClip = Math.max(
    ...source.sizes.map((size) => {
      const { frames, height, width } = latentSize(codec, size);
      return frames * height * width;
    }),
  );
  const { batch_size: B, steps } = recipe;
  const w = codec.width;
  // By pixel: two residual convolutions and one behind the enlargement at full size, four twice as wide at a quarter of it.
  const places = pixels / codec.patch ** 2;
  const values = codec.channels * codec.patch ** 2;
  const flopsPerStep = 3 * B * places * 2 * 27 * (3 * w * w + 2 * w * values + (4 * 4 * w * w) / 4);
  const weights = 4 * parameters * 9;
  const activations = 4 * B * places * w * keptWidths;
  return {
    ...{ data: source.describe(), parameters, tokensPerClip, tokensPerStep: B * tokensPerClip, steps, resumedFrom },
    flopsPerStep,
    memory: { weights, activations, process: processBytes, total: weights + activations + processBytes },
  };
}

/** Widths kept for the backward pass for each pixel: convolutions unrolled over their kernel count most. */
const keptWidths = 60;

const count = (shapes: Readonly<Record<string, readonly number[]>>): number =>
  Object.values(shapes).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);

function codecJob(
  recipe: CodecRecipe,
  source: ClipSource,
  { onProgress }: TrainVideoOptions,
): TrainingJob<CodecBatch, CodecRecipe> {
  const { channels } = source;
  const codec = { ...recipe.codec, channels };
  for (const size of source.sizes) workingSize({ patch: [1, 1, 1], codec }, size);
  return {
    name: "codec-step",
    recipe,
    differences: (saved) => codecRecipeDifferences(saved, recipe),
    dataHash: source.hash,
    sizes: source.sizes,
    shapes: codecShapes(codec),
    async initial() {
      const weights = initialCodec(codec, new Rng(recipe.seed));
      if (!codec.shortcut) return weights;
      onProgress?.({ task: "principal components", unit: "clip", done: 0 });
      const rng = new Rng(recipe.seed + 2);
      const clips = [];
      for (let i = 0; i < componentClips; i++) {
        const size = source.sizes[i % source.sizes.length]!;
        clips.push({ size, data: (await source.draw(rng, size)).data });
      }
      return { ...weights, ...principalShortcut(codec, clips) };
    },
    batchSpec: (size) => batchSpec(recipe, channels, size),
    async batch(step, size) {
      const rng = new Rng(recipe.seed * 1_000_003 + step);
      const spec = batchSpec(recipe, channels, size);
      const [B, C, F, H, W] = spec.x.shape as readonly [number, number, number, number, number];
      const plane = H * W;
      const x = new Float32Array(B * C * F * plane);
      for (let row = 0; row < B; row++) {
        const { data } = await source.draw(rng, size);
        // Frames first, as clips are; channels first, as convolutions are.
        for (let f = 0; f < F; f++)
          for (let c = 0; c < C; c++)
            x.set(data.subarray((f * C + c) * plane, (f * C + c + 1) * plane), ((row * C + c) * F + f) * plane);
      }
      const each = spec.eps.shape.reduce((a, b) => a * b, 1);
      const eps = Float32Array.from({ length: each }, () => rng.normal());
      return { x: value(x, [...spec.x.shape]), eps: value(eps, [...spec.eps.shape]) };
    },
    loss(params, { x, eps }) {
      const { loss, reconstruction, kl } = codecLoss(modulesOf(params), codec, {
        ...{ x, eps, klWeight: recipe.kl_weight },
      });
      return { loss, parts: { reconstruction, kl_nats: kl } };
    },
    tokensPerStep: (size) => {
      const { frames, height, width } = latentSize(codec, size);
      return recipe.batch_size * frames * height * width;
    },
    plan: (resumedFrom) => codecForecast(recipe, source, { resumedFrom }),
    async write(weights: Weights) {
      const config: VideoCodecConfig = {
        model_type: "loam-video-codec",
        version: 1,
        name: modelName(recipe.output),
        codec,
        sizes: [...source.sizes],
      };
      const trained: VideoCodec = { config, codec, weights };
      onProgress?.({ task: "psnr", unit: "clip", done: 0, message: "measuring on clips that it never saw" });
      const psnr = await codecPsnr(trained, source, { clips: recipe.test_clips, seed: recipe.seed + 1 });
      await writeVideoCodec(recipe.output, { ...trained, config: { ...config, psnr } });
      return { psnr };
    },
  };
}

/** Clips whose principal components a shortcut begins with. */
const componentClips = 150;

/** Peak signal-to-noise ratio of clips that go through a codec and back, in decibels, over a range of 2; higher is better. */
async function codecPsnr(
  codec: VideoCodec,
  source: ClipSource,
  { clips, seed }: { clips: number; seed: number },
): Promise<number> {
  const runner = openCodecRunner(codec);
  try {
    const rng = new Rng(seed * 1_000_003);
    let [sum, values] = [0, 0];
    for (const size of source.sizes)
      for (let i = 0; i < clips; i++) {
        const { data } = await source.draw(rng, size);
        const latents = await runner.encode(data, size);
        const back = await runner.decode(latents, latentSize(codec.codec, size));
        for (const [at, x] of data.entries()) sum += (x - Math.max(-1, Math.min(1, back[at]!))) ** 2;
        values += data.length;
      }
    return 10 * Math.log10(4 / Math.max(sum / values, 1e-12));
  } finally {
    await runner.close();
  }
}
