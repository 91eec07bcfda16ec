import { UnsupportedError } from "@loam/core";
import { type ExportGgufOptions, exportModelGguf, openModel } from "@loam/models";
import { chatFormOf, mergedWeights } from "../merging/merge-adapter.ts";

/**
 * Writes a model with an adapter, or several one after the other, folded into it as a GGUF file, without the folder in between. Adapters of any method that
 * can be merged.
 *
 * @throws {UnsupportedError} for adapters that are no change of a weight, and as `exportModelGguf` does.
 */
export async function exportMergedGguf(
  modelName: string,
  adapterFolders: string | readonly string[],
  options: Omit<ExportGgufOptions, "replaced">,
): Promise<Awaited<ReturnType<typeof exportModelGguf>>> {
  const model = await openModel(modelName, { signal: options.signal });
  if (model.kind !== "decoder")
    throw new UnsupportedError(`${modelName} is an encoder; GGUF is written for decoders.`, {
      hint: "merge it into a Hugging Face folder (`--to hf`)",
    });
  const chatTemplate = (await chatFormOf([adapterFolders].flat())) ?? model.chatTemplate;
  const withForm = { ...model, chatTemplate };
  return exportModelGguf(withForm, {
    ...options,
    replaced: await mergedWeights(modelName, adapterFolders, { signal: options.signal }),
  });
}
