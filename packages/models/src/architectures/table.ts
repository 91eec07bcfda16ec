import { nearestName, show, UnsupportedError } from "@loam/core";
import type { Architecture, ConfigJson } from "./architecture.ts";
import { bert, roberta } from "./bert.ts";
import { gemma3 } from "./gemma3.ts";
import { gpt2 } from "./gpt2.ts";
import { llama, qwen2, qwen3 } from "./llama.ts";
import { t5, umt5 } from "./t5.ts";

/** Every architecture Loam can run. To add one: its file, and its name here. */
export const architectures: readonly Architecture[] = [llama, qwen2, qwen3, gemma3, gpt2, bert, roberta, t5, umt5];

/** @throws {UnsupportedError} listing the known `model_type`s. */
export function architectureOf(config: ConfigJson): Architecture {
  const type = config.model_type;
  const found = architectures.find(({ modelTypes }) => modelTypes.includes(type as string));
  if (found) return found;
  const known = architectures.flatMap(({ modelTypes }) => modelTypes);
  const near = typeof type === "string" ? nearestName(type, known) : undefined;
  throw new UnsupportedError(`config.json: \`model_type\` is ${show(type)}; Loam runs ${known.join(", ")}.`, {
    details: { model_type: type, known },
    hint: near ? `did you mean ${near}?` : "choose a checkpoint of one of these",
  });
}
