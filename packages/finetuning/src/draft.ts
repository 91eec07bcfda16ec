import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "@loam/core";
import { parseRecipe, type Recipe } from "@loam/peft";
import { adapterPath, hasAdapter } from "./adapters.ts";
import { baseIdOf, resolveBase } from "./bases.ts";
import { datasetPath } from "./datasets.ts";
import { type FetchOptions, folderName, type TuneFolders } from "./folders.ts";
import { isKeptTraining } from "./training/kept-training.ts";

/** Texts of a recipe that are no names of files, whatever they look like. */
const freeTexts = new Set(["sample_prompts", "target_modules", "exclude_modules", "feedforward_modules"]);

/**
 * The recipe behind a draft, in which `model` is the id of a base, `data.path` that of a dataset, `output` the name of
 * the adapter to be and `adapter` that of one to go on from: a request names what is in the home folder, and no path.
 *
 * @throws {InputError} `bad_recipe` naming the field. @throws {NotFoundError} for what is not there.
 */
export async function resolveDraft(folders: TuneFolders, draft: unknown, options: FetchOptions = {}): Promise<Recipe> {
  const recipe = parseRecipe(draft);
  refusePaths(recipe, []);
  return {
    ...recipe,
    model: await resolveBase(folders, recipe.model, options),
    data: { ...recipe.data, path: await datasetPath(folders, recipe.data.path, options) },
    output: join(folders.adapters, folderName(recipe.output)),
    ...(recipe.adapter !== undefined && { adapter: await adapterPath(folders, recipe.adapter, options) }),
  };
}

/** @throws {InputError} `name_taken` where there is an adapter or the checkpoints of a run, on any machine. */
export async function requireFree(folders: TuneFolders, recipe: Recipe): Promise<void> {
  const name = nameOf(recipe);
  const isTaken =
    existsSync(recipe.output) ||
    (await hasAdapter(folders, name)) ||
    (await isKeptTraining(folders.store, recipe.output));
  if (!isTaken) return;
  throw new InputError("name_taken", `There is an adapter or a run named ${JSON.stringify(name)} already.`, {
    details: { name },
    hint: "choose another name, or delete the old one",
  });
}

/** The draft of a resolved recipe, as it is shown, copied and sent to workers. */
export function toDraft(folders: TuneFolders, recipe: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { model, data, output, adapter } = recipe as {
    model?: string;
    data?: { path?: string };
    output?: string;
    adapter?: string;
  };
  const nameOfAdapter = (path: string) =>
    path.startsWith(`${folders.adapters}/`) ? path.slice(folders.adapters.length + 1) : path;
  const dataset = data?.path?.startsWith(`${folders.datasets}/`)
    ? data.path.slice(folders.datasets.length + 1).split("/")[0]
    : data?.path;
  return {
    ...recipe,
    ...(model !== undefined && { model: baseIdOf(folders, model) ?? model }),
    ...(data && { data: { ...data, path: dataset } }),
    ...(output !== undefined && { output: nameOfAdapter(output) }),
    ...(adapter !== undefined && { adapter: nameOfAdapter(adapter) }),
  };
}

const nameOf = ({ output }: Recipe): string => output.split("/").at(-1)!;

function refusePaths(value: unknown, path: readonly string[]): void {
  const field = path.at(-1);
  if (path.length === 1 && (field === "model" || field === "output")) return; // resolved, not opened
  if (field !== undefined && freeTexts.has(field)) return;
  if (typeof value === "string") {
    if (!/^(\/|\.\.?\/|~|[A-Za-z]:[\\/])|\\|\.\.\//.test(value)) return;
    throw new InputError("bad_recipe", `recipe: \`${path.join(".")}\` is ${JSON.stringify(value)}, a path.`, {
      details: { field: path.join("."), got: value },
      hint: "name a dataset, base or adapter by its id; paths are for recipes on the command line",
    });
  }
  if (value !== null && typeof value === "object")
    for (const [key, item] of Object.entries(value)) refusePaths(item, [...path, key]);
}
