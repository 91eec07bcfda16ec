import { UnsupportedError } from "@loam/core";
import { type ExportOnnxOptions, exportOnnx, openModel } from "@loam/models";
import { readAdapter } from "../files/adapter-files.ts";
import { chatFormOf, mergedParameters } from "../merging/merge-adapter.ts";
import { openAdapter } from "../running/adapted-generator.ts";

/**
 * Writes a model with an adapter as a folder for transformers.js. What can be folded into the weights is; bottleneck adapters
 * become part of the graph, one at most; several others are folded in one after the other.
 *
 * @throws {UnsupportedError} for adapters that stand before the text (prompts, prefixes), which transformers.js has no input for.
 */
export async function exportAdaptedOnnx(
  modelName: string,
  adapterFolders: string | readonly string[],
  options: Omit<ExportOnnxOptions, "parameters" | "hooks" | "chatTemplate">,
): Promise<Awaited<ReturnType<typeof exportOnnx>>> {
  const { signal } = options;
  const model = await openModel(modelName, { signal });
  if (model.kind !== "decoder")
    throw new UnsupportedError(`${modelName} is an encoder; give a model that writes text.`, {
      hint: "merge it into a Hugging Face folder (`--to hf`)",
    });
  const folders = [adapterFolders].flat();
  const { method } = await readAdapter(folders[0]!);
  const chatTemplate = await chatFormOf(folders);
  if (method.merge || folders.length > 1) {
    const parameters = await mergedParameters(model, folders, { signal });
    return exportOnnx(model, { ...options, chatTemplate, parameters });
  }
  const { hooks, parameters, past, prompt } = await openAdapter(folders[0]!, model);
  if (past || prompt) {
    throw new UnsupportedError(
      `${method.type} adapters put learned tokens before the text; transformers.js has no input for them.`,
      {
        hint: "serve the model with its adapter from Loam instead",
      },
    );
  }
  return exportOnnx(model, { ...options, chatTemplate, parameters, hooks });
}
