import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { NotFoundError } from "@loam/core";
import { Vocabulary } from "../text/vocabulary.ts";
import { openVideoModel, readVideoConfig, type VideoModel } from "./video-model.ts";

/** Models that come with the package. */
const folder = join(import.meta.dirname, "../../models");

/** The one that is taken where nothing else is asked for. */
const usual = "moving-digits";

export const shippedModels = (): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => existsSync(join(folder, name, "config.json")))
        .sort((a, b) => Number(b === usual) - Number(a === usual) || a.localeCompare(b, "en"))
    : [];

/**
 * A model by the folder it is in, or by the name of one that comes with the package; left out, the first of those that knows every word of
 * the prompts, else the first.
 *
 * @throws {NotFoundError} naming those that there are.
 */
export async function findVideoModel(
  name?: string,
  { prompts = [] }: { prompts?: readonly string[] } = {},
): Promise<VideoModel> {
  const shipped = shippedModels();
  if (name === undefined) return await firstThatKnows(prompts, shipped);
  if (shipped.includes(name)) return openVideoModel(join(folder, name));
  if (existsSync(join(name, "config.json"))) return openVideoModel(name);
  throw new NotFoundError("video model", name, {
    known: shipped,
    details: { shipped },
    hint: `give a model folder${shipped.length > 0 ? `, or one of ${shipped.join(", ")}` : ""}`,
  });
}

async function firstThatKnows(prompts: readonly string[], shipped: readonly string[]): Promise<VideoModel> {
  for (const name of shipped) {
    const vocabulary = new Vocabulary(await readVideoConfig(join(folder, name)));
    if (prompts.every((prompt) => vocabulary.knows(prompt))) return openVideoModel(join(folder, name));
  }
  if (shipped[0] !== undefined) return openVideoModel(join(folder, shipped[0]));
  throw new NotFoundError("video model", "(none)", { hint: "train one with `loam video train recipe.yaml`" });
}
