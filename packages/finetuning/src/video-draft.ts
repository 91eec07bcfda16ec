import { totalmem } from "node:os";
import { join } from "node:path";
import { InputError } from "@loam/core";
import { parseVideoRecipe, type VideoForecast, type VideoRecipe, videoForecast } from "@loam/video";
import { findClipSet } from "./clip-sets.ts";
import { folderName, type TuneFolders } from "./folders.ts";

/** More than these is more than any machine that this is for can hold; beyond them not even a forecast is worth its time. */
const limits = { depth: 200, heads: 1024, hidden: 65_536, text_dim: 65_536, batch_size: 65_536 } as const;
const mostPrompts = 16;
const mostSizes = 32;
const mostPixels = 2 ** 28;

/**
 * The recipe behind a draft, in which `output` is the name of the model to be, and what it takes. A request names no path: data are
 * drawn here, are the digits where they always lie, or a set of clips by its id.
 *
 * @throws {InputError} `bad_recipe` naming the field, `too_large` for what this machine cannot hold.
 */
export async function resolveVideoDraft(
  folders: TuneFolders,
  draft: unknown,
): Promise<{ recipe: VideoRecipe; forecast: VideoForecast }> {
  const given = parseVideoRecipe(draft);
  checkScale(given);
  checkData(given.data);
  if (given.codec !== undefined)
    throw refuse("codec", given.codec, "no codec", "a model in latents is for `loam video train` on the command line");
  const clips = given.data.kind === "folder" ? await findClipSet(folders, given.data.path) : undefined;
  const data = given.data.kind === "folder" ? { ...given.data, path: clips!.path } : given.data;
  const recipe = { ...given, data, output: join(folders.videoModels, folderName(given.output)) };
  const counted = await videoForecast(recipe);
  const forecast = clips ? { ...counted, data: clips.set.description } : counted;
  if (forecast.memory.total > totalmem())
    throw new InputError(
      "too_large",
      `Training takes about ${(forecast.memory.total / 1e9).toFixed(1)} GB of memory; this machine has ${(totalmem() / 1e9).toFixed(1)}.`,
      { details: forecast.memory, hint: "lower `batch_size`, `model.hidden` or `model.depth`, or take larger patches" },
    );
  return { recipe, forecast };
}

const refuse = (field: string, got: unknown, expected: string, hint?: string) =>
  new InputError("bad_recipe", `recipe: \`${field}\` is ${JSON.stringify(got)}; expected ${expected}.`, {
    details: { field, got },
    hint,
  });

function checkScale({ model, batch_size, data, sample_prompts }: VideoRecipe): void {
  for (const name of ["depth", "heads", "hidden", "text_dim"] as const)
    if (model[name] > limits[name]) throw refuse(`model.${name}`, model[name], `at most ${limits[name]}`);
  if (batch_size > limits.batch_size) throw refuse("batch_size", batch_size, `at most ${limits.batch_size}`);
  if (model.hidden % model.heads !== 0)
    throw refuse("model.heads", model.heads, `a divisor of model.hidden, ${model.hidden}`);
  if (sample_prompts.length > mostPrompts)
    throw refuse("sample_prompts", `${sample_prompts.length} prompts`, `at most ${mostPrompts}`);
  const sizes = "sizes" in data ? (data.sizes ?? []) : "size" in data ? [data.size] : [];
  if (sizes.length > mostSizes) throw refuse("data.sizes", `${sizes.length} sizes`, `at most ${mostSizes}`);
  for (const { frames, height, width } of sizes)
    if (frames * height * width * batch_size > mostPixels)
      throw refuse(
        "data",
        `${batch_size} clips of ${width}x${height}, ${frames} frames`,
        `at most ${mostPixels} pixels a batch`,
      );
}

function checkData(data: VideoRecipe["data"]): void {
  if (data.kind === "folder" && !/^clips_\w+$/.test(data.path))
    throw refuse(
      "data.path",
      data.path,
      "a set of clips that was added here",
      "folders themselves are for `loam video train` on the command line",
    );
  if (data.kind !== "moving-digits") return;
  for (const name of ["images", "labels"] as const)
    if (!/^video\/[\w.-]+$/.test(data[name]))
      throw refuse(`data.${name}`, data[name], "a file below video/ in the folder that LOAM_DATA names");
}
