import { existsSync } from "node:fs";
import { copyFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ArgumentError, nearestName, type OnProgress, UnsupportedError } from "@loam/core";
import { openModel } from "@loam/models";
import { parseRecipe, type RecipeInput } from "../../trainer/recipe/recipe.ts";
import { engineFiles, startFolder } from "./engines.ts";
import { projectReadme } from "./readme.ts";
import { type WrittenRows, writeRows } from "./rows.ts";
import { type ProjectTarget, projectTargets } from "./targets.ts";

export interface ExportProjectOptions {
  to: ProjectTarget;
  /** Written anew. */
  outDir: string;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** What was written. */
export interface ExportedProject {
  path: string;
  /** Relative to `path`. */
  files: string[];
  /** The command that starts the training, from inside the folder. */
  launch: string;
  rows: WrittenRows;
  /** What differs from training here, besides the fields that the README lists. */
  notes: string[];
}

/**
 * Writes a recipe as a project for another engine, for training on more than this machine: rows, config, script, launch
 * command and a README that says what became of each field. The adapter that comes back loads here.
 *
 * @throws {UnsupportedError} for methods and options that the engine does not have, naming them.
 */
export async function exportProject(
  input: RecipeInput,
  { to, outDir, onProgress, signal }: ExportProjectOptions,
): Promise<ExportedProject> {
  if (!projectTargets.includes(to)) {
    const near = nearestName(String(to), projectTargets);
    throw new ArgumentError("to", to, `one of ${projectTargets.join(", ")}`, near && `did you mean "${near}"?`);
  }
  const recipe = parseRecipe(input);
  if (recipe.objective.type !== "sft") {
    throw new UnsupportedError(
      `Projects for other engines learn answers by heart; ${recipe.objective.type} is trained here.`,
      {
        details: { name: "objective.type" },
        hint: "`loam tune recipe.yaml` trains it",
      },
    );
  }
  const hasEval = recipe.data.eval_share > 0;
  const isLocal = existsSync(recipe.model);
  const model = await openModel(recipe.model, { onProgress, signal });
  if (model.kind !== "decoder")
    throw new UnsupportedError(`${recipe.model} is an encoder; give a model that writes text.`, {
      hint: "choose a causal language model",
    });
  if (model.checkpoint.format !== "hugging-face") {
    throw new UnsupportedError(
      `${recipe.model} is a ${model.checkpoint.format} file; the engines take Hugging Face folders and hub ids.`,
      { hint: "name the folder or hub id that the file was made from" },
    );
  }
  const engine = engineFiles(to, { recipe, model: isLocal ? resolve(recipe.model) : recipe.model, hasEval });
  const part = `${outDir}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(join(part, "data"), { recursive: true });
  const rows = await writeRows(model, recipe, {
    folder: join(part, "data"),
    format: to === "llama-factory" ? "messages" : "segments",
    onProgress,
    signal,
  });
  if (recipe.adapter !== undefined) {
    await mkdir(join(part, startFolder));
    for (const name of ["adapter_config.json", "adapter_model.safetensors"])
      await copyFile(join(recipe.adapter, name), join(part, startFolder, name));
  }
  const notes = [
    ...rows.notes,
    ...(isLocal
      ? [`The base is the folder ${resolve(recipe.model)}; on another machine, copy it and change the path.`]
      : []),
    ...(recipe.gradient_accumulation % recipe.workers !== 0
      ? [
          `${recipe.gradient_accumulation} micro-batches do not divide among ${recipe.workers} processes: steps read fewer rows.`,
        ]
      : []),
  ];
  const files: Record<string, string> = {
    ...engine.files,
    "launch.sh": `#!/bin/sh\nset -e\ncd "$(dirname "$0")"\nexport PYTHONUTF8=1\n${engine.launch}\n`,
    "README.md": projectReadme({ recipe, target: to, engine, rows, notes }),
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(part, name)), { recursive: true });
    await writeFile(join(part, name), content, { mode: name.endsWith(".sh") ? 0o755 : 0o644 });
  }
  await rm(outDir, { recursive: true, force: true });
  await rename(part, outDir);
  return {
    path: outDir,
    files: [...Object.keys(files), "data/train.jsonl", "data/eval.jsonl"],
    launch: engine.launch,
    rows,
    notes,
  };
}
