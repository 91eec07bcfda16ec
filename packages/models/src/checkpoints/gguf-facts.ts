import { stat } from "node:fs/promises";
import { GgufFile } from "@loam/formats";
import { ggufConfig } from "./gguf-config.ts";

/** What lists of models say about a GGUF file. */
export interface GgufFacts {
  /** As llama.cpp calls it: `llama`, `qwen2`. */
  architecture: string;
  layers?: number;
  hiddenSize?: number;
  contextLength?: number;
  hasChatTemplate: boolean;
}

const known = new Map<string, Promise<GgufFacts>>();

/**
 * Reads a GGUF file's metadata, once while the file stays as it is.
 *
 * @throws {InputError} for a broken file.
 */
export async function ggufFacts(path: string): Promise<GgufFacts> {
  const { mtimeMs, size } = await stat(path);
  const key = `${path} ${mtimeMs} ${size}`;
  let facts = known.get(key);
  if (!facts) {
    facts = read(path);
    known.set(key, facts);
    facts.catch(() => known.delete(key));
  }
  return await facts;
}

async function read(path: string): Promise<GgufFacts> {
  const file = await GgufFile.open(path);
  try {
    const config = ggufConfig(file);
    const number = (...names: string[]) =>
      names.map((name) => config[name]).find((value): value is number => typeof value === "number");
    return {
      architecture: String(file.metadata.get("general.architecture")),
      layers: number("num_hidden_layers", "n_layer"),
      hiddenSize: number("hidden_size", "n_embd"),
      contextLength: number("max_position_embeddings", "n_positions"),
      hasChatTemplate: file.metadata.has("tokenizer.chat_template"),
    };
  } finally {
    await file.close();
  }
}
