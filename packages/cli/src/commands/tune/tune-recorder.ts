import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Recipe } from "@loam/peft";
import type { Io } from "../../terminal/io.ts";
import { type OpenRecorder, openRecorder } from "./run-recorder.ts";

/** Opens the record of a recipe's run; see {@link openRecorder}. */
export async function openTuneRecorder(
  recipe: Recipe,
  options: { home?: string; resume: "auto" | "never"; io: Io },
): Promise<OpenRecorder> {
  const toParams = (params: Readonly<Record<string, unknown>>) => absolute(params as Recipe);
  return openRecorder(recipe.output, { kind: "tune", experiment: "fine-tuning", tag: "adapter", toParams }, options);
}

/** Paths that mean the same wherever the run is taken up again. */
function absolute({ model, data, output, ...rest }: Recipe): Recipe {
  const path = (name: string) => (existsSync(name) ? resolve(name) : name);
  return { ...rest, model: path(model), data: { ...data, path: path(data.path) }, output: resolve(output) };
}
