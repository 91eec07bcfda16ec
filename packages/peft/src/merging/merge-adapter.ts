import { throwIfCancelled, UnsupportedError } from "@loam/core";
import { compile, type Tensor, weight } from "@loam/graph";
import { type ChatTemplate, type Model, openModel, type Parameters } from "@loam/models";
import { type Adapter, readAdapter } from "../files/adapter-files.ts";
import { fitAdapter } from "../files/fit-adapter.ts";
import { baseModelOf } from "../layers/base-model.ts";
import type { BaseModel, TensorValue } from "../layers/method.ts";
import { overlay } from "../layers/overlay.ts";
import { frozen, toTensor } from "../numbers/tensor-value.ts";
import { readChatForm } from "../trainer/saving/chat-form.ts";
import { type HuggingFaceFolderOptions, writeHuggingFaceFolder } from "./hugging-face-folder.ts";
import { mergedCard } from "./merged-card.ts";

export type MergeOptions = HuggingFaceFolderOptions;

/**
 * The base weights that adapters change, with them folded in one after the other, by their names in the model. The base
 * itself stays as it is: nothing has to be taken out again, so nothing is lost to rounding.
 *
 * @throws {UnsupportedError} when the model lacks a tensor that the adapter changes.
 */
export async function mergedWeights(
  modelName: string,
  adapterFolders: string | readonly string[],
  { signal }: { signal?: AbortSignal } = {},
): Promise<Record<string, TensorValue>> {
  const base = baseModelOf(await openModel(modelName, { signal }));
  const changed = await foldAdapters(base, await Promise.all([adapterFolders].flat().map(readAdapter)));
  const heads = new Set(base.linearLayers.map(({ path }) => `${path}.weight`));
  const merged: Record<string, TensorValue> = {};
  // One weight at a time: a whole model's worth would be in memory otherwise.
  for (const [name, tensor] of Object.entries(changed)) {
    throwIfCancelled(signal, "Merging");
    if (!base.model.parameters.has(name) && !heads.has(name)) {
      throw new UnsupportedError(`${modelName} has no tensor "${name}" to fold the adapter into.`, {
        hint: "biases that the adapter added have no place in this architecture's files",
      });
    }
    const program = await compile((_: Record<string, Tensor>) => ({ tensor }), { inputs: {} });
    const { shape, data } = toTensor((await program({})).tensor);
    merged[name] = { shape, data: data.slice() };
    await program.close();
  }
  return merged;
}

/** A model's parameters with adapters folded in, one after the other. */
export async function mergedParameters(
  model: Model,
  adapterFolders: string | readonly string[],
  options: { signal?: AbortSignal } = {},
): Promise<Parameters> {
  const merged = Object.entries(await mergedWeights(model.name, adapterFolders, options));
  const weights = merged.map(
    ([name, { shape, data }]) =>
      [name, weight({ name: `merged.${name}`, dtype: "float32", shape, source: { data } })] as const,
  );
  return overlay(model.parameters, Object.fromEntries(weights));
}

/**
 * The weights that adapters change, as graph expressions, each adapter folded into what the ones before it have made. Updates
 * that are added (LoRA, LoHa, LoKr, AdaLoRA, diff pruning) may stand in any order; DoRA and (IA)³ scale what is there.
 *
 * @throws {UnsupportedError} for methods that cannot be folded.
 */
export async function foldAdapters(base: BaseModel, adapters: readonly Adapter[]): Promise<Record<string, Tensor>> {
  const changed: Record<string, Tensor> = {};
  for (const adapter of adapters) {
    const { method, config, tensors } = await fitAdapter(base, adapter);
    if (!method.merge) {
      throw new UnsupportedError(`${method.type} adapters cannot be folded into the weights.`, {
        hint: "keep the adapter beside the base model; what it computes is no change of a weight",
      });
    }
    const model = { ...base.model, parameters: overlay(base.model.parameters, { ...changed }) };
    Object.assign(changed, method.merge({ ...base, model }, config, frozen(tensors)));
  }
  return changed;
}

/**
 * Folds an adapter, or several one after the other, into the base and writes the result as a Hugging Face folder with a model
 * card, in the base's dtypes unless one is asked for; a 4-bit base comes out in float32. An output layer that an adapter
 * changes while its weight is the embedding table gets a weight of its own.
 */
export async function mergeAdapter(
  modelName: string,
  adapterFolders: string | readonly string[],
  output: string,
  options: MergeOptions = {},
): Promise<void> {
  const { signal } = options;
  const folders = [adapterFolders].flat();
  const model = await openModel(modelName, { signal });
  const replaced = await mergedWeights(modelName, folders, { signal });
  const adapters = await Promise.all(
    folders.map(async (folder) => ({ folder, type: (await readAdapter(folder)).method.type })),
  );
  const card = mergedCard({ base: modelName, adapters });
  await writeHuggingFaceFolder(model, output, { ...options, replaced, card, chatTemplate: await chatFormOf(folders) });
}

/** The form of conversations of merged adapters: that of the last one that has any. */
export async function chatFormOf(adapterFolders: readonly string[]): Promise<ChatTemplate | undefined> {
  return (await Promise.all(adapterFolders.map(readChatForm))).findLast((found) => found !== undefined);
}
