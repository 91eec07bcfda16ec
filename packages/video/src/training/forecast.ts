import { codecShapes, latentSize } from "../codec/autoencoder.ts";
import { workingSize } from "../codec/latent-space.ts";
import type { VideoCodec } from "../codec/video-codec.ts";
import type { ClipSource } from "../data/clip-source.ts";
import { latentCount } from "../data/latent-source.ts";
import { type VideoModelConfig, videoModelShapes } from "../model/video-model.ts";
import { patchGrid } from "../patches/patchify.ts";
import type { VideoRecipe } from "./recipe.ts";

/** What a recipe is going to take, counted before anything starts. */
export interface VideoForecast {
  data: string;
  parameters: number;
  /** Tokens of the largest clip. */
  tokensPerClip: number;
  tokensPerStep: number;
  steps: number;
  resumedFrom: number;
  /** Floating-point operations of one step, forward and backward. */
  flopsPerStep: number;
  memory: { weights: number; activations: number; process: number; total: number };
  /** Of a model in latents: its codec, and the clips that are encoded once before the first step and held in memory. */
  codec?: { parameters: number; clips: number; latentBytes: number };
}

/** What Node, ONNX Runtime and the compiled graph take whatever the model. */
export const processBytes = 260e6;

/** Numbers kept for the backward pass for each token and block: products, norms, modulations and activations, in widths. */
const keptWidths = 34;

/** Counts parameters, operations and memory of a recipe on the CPU. */
export function forecastTraining(
  { batch_size, steps, model, latent_clips }: VideoRecipe,
  config: VideoModelConfig,
  { resumedFrom, data, codec, clips }: { resumedFrom: number; data: string; codec?: VideoCodec; clips: ClipSource },
): VideoForecast {
  const parameters = countOf(videoModelShapes(config));
  const { patch } = config.dit;
  const tokensPerClip = Math.max(
    ...config.sizes.map((size) =>
      patchGrid(workingSize({ patch, codec: codec?.codec }, size), patch).reduce((a, b) => a * b, 1),
    ),
  );
  const latents = codec && encoded(codec, clips, latent_clips);
  const tokensPerStep = batch_size * tokensPerClip;
  const { hidden: D, depth, heads } = config.dit;
  const perToken = depth * (D * D * (6 + 2 * model.mlp_ratio) + 2 * tokensPerClip * D);
  // Parameters, running mean and two moments, before and after an update, and gradients.
  const weights = 4 * parameters * 9;
  const activations = 4 * tokensPerStep * depth * (keptWidths * D + 2 * heads * tokensPerClip);
  return {
    data,
    parameters,
    tokensPerClip,
    tokensPerStep,
    steps,
    resumedFrom,
    flopsPerStep: 6 * tokensPerStep * perToken,
    memory: {
      weights,
      activations,
      process: processBytes,
      total: weights + activations + processBytes + (latents?.latentBytes ?? 0),
    },
    ...(latents && { codec: latents }),
  };
}

const countOf = (shapes: Readonly<Record<string, readonly number[]>>): number =>
  Object.values(shapes).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);

/** What is encoded before the first step. */
function encoded({ codec }: VideoCodec, clips: ClipSource, wanted: number): NonNullable<VideoForecast["codec"]> {
  const count = latentCount(clips, wanted);
  const values = clips.sizes.map((size) => {
    const { frames, height, width } = latentSize(codec, size);
    return codec.latent * frames * height * width;
  });
  return {
    parameters: countOf(codecShapes(codec)),
    clips: count * clips.sizes.length,
    latentBytes: 4 * count * values.reduce((a, b) => a + b, 0),
  };
}
