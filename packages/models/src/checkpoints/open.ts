import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { InputError, NotFoundError, type OnProgress } from "@loam/core";
import type { GgufValue } from "@loam/formats";
import type { ConfigJson } from "../architectures/architecture.ts";
import { onlyGguf } from "../hub/cache.ts";
import { pullModel } from "../hub/pull.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { openGgufCheckpoint } from "./gguf.ts";
import { openHuggingFaceCheckpoint, readJson } from "./hugging-face.ts";
import { openLlama2cCheckpoint } from "./llama2c.ts";

export interface OpenCheckpointOptions {
  /** Branch, tag or commit of a hub id. */
  revision?: string;
  /** False looks in the cache only. */
  download?: boolean;
  /** The tokenizer file of a llama2.c model; left out, the `tok*.bin` or `tokenizer.bin` beside it. */
  tokenizer?: string;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

export interface OpenedCheckpoint extends Checkpoint {
  /** generation_config.json, where there is one. */
  generationConfig?: ConfigJson;
  /** All metadata of a GGUF file. */
  ggufMetadata?: ReadonlyMap<string, GgufValue>;
  /** The tokenizer file that was named or found for a llama2.c model. */
  tokenizerPath?: string;
}

/**
 * Opens weights by path or hub id, in any of the formats Loam reads.
 *
 * @throws {NotFoundError} when there is nothing of that name.
 * @throws {InputError} `unknown_format`.
 */
export async function openCheckpoint(name: string, options: OpenCheckpointOptions = {}): Promise<OpenedCheckpoint> {
  if (!existsSync(name)) {
    if (looksLikePath(name))
      throw new NotFoundError("model", name, {
        hint: "check the path, or give a hub id such as Qwen/Qwen2.5-0.5B-Instruct",
      });
    return openFolder(await pullModel(name, options));
  }
  if (statSync(name).isDirectory()) return openFolder(name);
  if (name.endsWith(".gguf")) return openGgufCheckpoint(name);
  if (name.endsWith(".bin")) return openLlama2cCheckpoint(name, options);
  throw new InputError("unknown_format", `${name} is not a checkpoint that Loam reads.`, {
    hint: "give a Hugging Face folder, a hub id, a .gguf file or a llama2.c .bin",
  });
}

async function openFolder(folder: string): Promise<OpenedCheckpoint> {
  const gguf = await onlyGguf(folder);
  if (gguf !== undefined) return openGgufCheckpoint(gguf);
  const checkpoint = await openHuggingFaceCheckpoint(folder);
  const path = join(folder, "generation_config.json");
  return { ...checkpoint, generationConfig: existsSync(path) ? await readJson<ConfigJson>(path) : undefined };
}

/** `./x`, `/x`, `~/x`, or something with a file extension; hub ids are `owner/name` or `name`. */
function looksLikePath(name: string): boolean {
  return /^[./~]|\\|\.(gguf|bin|safetensors)$/.test(name) || name.split("/").length > 2;
}
