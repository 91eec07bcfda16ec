import { basename } from "node:path";
import { fileURLToPath } from "node:url";

/** The file that the adapter was trained on, by its name. */
const base = /^SmolLM2-135M-Instruct.*\.gguf$/i;

/**
 * The adapter that comes with Loam for calling functions, where a model is the one it belongs to: SmolLM2-135M-Instruct as a
 * GGUF file, whose rotated pairs lie otherwise than those of the Hugging Face folder.
 *
 * @param model path of the model
 */
export const functionCallingAdapter = (model: string): string | undefined =>
  base.test(basename(model)) ? fileURLToPath(new URL("../sample/function-calling", import.meta.url)) : undefined;
