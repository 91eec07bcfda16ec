import { readdir } from "node:fs/promises";
import { ArgumentError, operation } from "@loam/core";
import { z } from "zod";
import { projectTargets } from "../export/project/targets.ts";
import { modelPath } from "./output.ts";

export const ExportRecipeInput = z.strictObject({
  recipe: z
    .record(z.string(), z.unknown())
    .describe("the recipe; on a server base, data and adapter are named by their ids"),
  to: z.enum(projectTargets).default("accelerate").describe("the engine"),
  output: modelPath.describe("folder to write; the name of it on a server"),
});

export const exportRecipeOperation = operation({
  name: "recipe.export",
  summary: "Write a recipe as a project for another engine, to train on more than this machine",
  description:
    "The folder gets the rows as that engine (TRL and PEFT under accelerate, torchrun or Ray; axolotl; LLaMA-Factory) reads them, " +
    "its config, the command that starts it and a README that says what became of each field. The adapter that comes back loads in Loam.",
  lasts: "work",
  input: ExportRecipeInput,
  run: async (_: object, { recipe: fields, to, output }, { signal, progress: onProgress }) => {
    if ((await readdir(output).catch(() => [])).length > 0)
      throw new ArgumentError("output", output, "a new folder", "choose another name");
    const [{ exportProject }, { parseRecipe }] = await Promise.all([
      import("../export/project/project.ts"),
      import("../trainer/recipe/recipe.ts"),
    ]);
    return await exportProject(parseRecipe(fields), { to, outDir: output, onProgress, signal });
  },
});
