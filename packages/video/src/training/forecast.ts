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
}

/** What Node, ONNX Runtime and the compiled graph take whatever the model. */
const processBytes = 260e6;

/** Numbers kept for the backward pass for each token and block: products, norms, modulations and activations, in widths. */
const keptWidths = 34;

/** Counts parameters, operations and memory of a recipe on the CPU. */
export function forecastTraining(
  { batch_size, steps, model }: VideoRecipe,
  config: VideoModelConfig,
  { resumedFrom, data }: { resumedFrom: number; data: string },
): VideoForecast {
  const sizes = Object.values(videoModelShapes(config)).map((shape) => shape.reduce((a, b) => a * b, 1));
  const parameters = sizes.reduce((a, b) => a + b, 0);
  const tokensPerClip = Math.max(
    ...config.sizes.map((size) => patchGrid(size, config.dit.patch).reduce((a, b) => a * b, 1)),
  );
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
    memory: { weights, activations, process: processBytes, total: weights + activations + processBytes },
  };
}
