import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { NotFoundError } from "@loam/core";
import { openVideoModel, type VideoModel } from "./video-model.ts";

/** Models that come with the package. */
const folder = join(import.meta.dirname, "../../models");

export const shippedModels = (): string[] =>
  existsSync(folder) ? readdirSync(folder).filter((name) => existsSync(join(folder, name, "config.json"))) : [];

/**
 * A model by the folder it is in, or by the name of one that comes with the package; left out, the first of those.
 *
 * @throws {NotFoundError} naming those that there are.
 */
export async function findVideoModel(name?: string): Promise<VideoModel> {
  const shipped = shippedModels();
  const wanted = name ?? shipped[0];
  if (wanted === undefined)
    throw new NotFoundError("video model", "(none)", { hint: "train one with `loam video train recipe.yaml`" });
  if (shipped.includes(wanted)) return openVideoModel(join(folder, wanted));
  if (existsSync(join(wanted, "config.json"))) return openVideoModel(wanted);
  throw new NotFoundError("video model", wanted, {
    known: shipped,
    details: { shipped },
    hint: `give a model folder${shipped.length > 0 ? `, or one of ${shipped.join(", ")}` : ""}`,
  });
}
