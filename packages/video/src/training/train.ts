import { readYamlFields } from "@loam/peft";
import { openClipSource } from "../data/open-source.ts";
import { type CodecRecipe, type CodecRecipeInput, isCodecRecipe, parseCodecRecipe } from "./codec-recipe.ts";
import type { VideoForecast } from "./forecast.ts";
import { parseVideoRecipe, type VideoRecipe, type VideoRecipeInput } from "./recipe.ts";
import { codecForecast, trainCodec } from "./train-codec.ts";
import { modelForecast, trainModel } from "./train-model.ts";
import type { TrainVideoOptions, TrainVideoResult } from "./training-run.ts";

/** Reads the recipe of a model or of a codec from a YAML file, with fields set beside the file's. */
export async function readTrainingRecipe(
  path: string,
  { set = [] }: { set?: readonly string[] } = {},
): Promise<VideoRecipe | CodecRecipe> {
  const fields: unknown = await readYamlFields(path, { set, hint: "docs/video.md shows one to start from" });
  return isCodecRecipe(fields) ? parseCodecRecipe(fields, path) : parseVideoRecipe(fields, path);
}

/**
 * Trains a video model, or the codec that one works in, as a recipe says. The output folder gets the model (weights are their running
 * mean), checkpoints, `metrics.jsonl` and TensorBoard events; where it holds checkpoints of the same run, that run goes on, bit for bit.
 *
 * @throws {InputError} for bad recipes and data, `loss_not_finite` naming the step; {@link CancelledError} after a last
 *   checkpoint.
 */
export async function trainVideo(
  input: VideoRecipeInput | CodecRecipeInput,
  options: TrainVideoOptions = {},
): Promise<TrainVideoResult> {
  return isCodecRecipe(input)
    ? await trainCodec(parseCodecRecipe(input), options)
    : await trainModel(parseVideoRecipe(input), options);
}

/** What a recipe is going to take; nothing starts. */
export async function videoForecast(
  input: VideoRecipeInput | CodecRecipeInput,
  { besides }: { besides?: string } = {},
): Promise<VideoForecast> {
  if (!isCodecRecipe(input)) return await modelForecast(parseVideoRecipe(input), { besides });
  const recipe = parseCodecRecipe(input);
  return codecForecast(recipe, await openClipSource(recipe.data, { besides }), { resumedFrom: 0 });
}
