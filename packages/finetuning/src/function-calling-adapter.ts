import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { modelAtHand } from "@loam/models";

/** The file that the adapter was trained on, by its name or that of its repository. */
const base = /^SmolLM2-135M-Instruct.*[.-]gguf$/i;

/**
 * The adapter that comes with Loam for calling functions, where a model is the one it belongs to: SmolLM2-135M-Instruct as a
 * GGUF file, whose rotated pairs lie otherwise than those of the Hugging Face folder.
 *
 * @param model path or hub id of the model, or its name on the short list
 */
export const functionCallingAdapter = (model: string): string | undefined =>
  base.test(basename(modelAtHand(model)?.id ?? model))
    ? fileURLToPath(new URL("../sample/function-calling", import.meta.url))
    : undefined;
