import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InputError, NotFoundError, SafetensorsFile, type TensorEntry } from "@loam/core";
import type { ConfigJson } from "../architectures/architecture.ts";
import { readFourBitTensors } from "./bitsandbytes.ts";
import type { Checkpoint, CheckpointTensor } from "./checkpoint.ts";

/**
 * A folder as transformers writes it: `config.json` and `model.safetensors`, or shards with `model.safetensors.index.json`.
 *
 * @throws {NotFoundError} {@link InputError} naming the file, or the tensor, that is missing or wrong.
 */
export async function openHuggingFaceCheckpoint(folder: string): Promise<Checkpoint> {
  const config = await readJson<ConfigJson>(join(folder, "config.json"));
  const indexPath = join(folder, "model.safetensors.index.json");
  const tensors = new Map<string, CheckpointTensor>();
  if (!existsSync(indexPath)) {
    const path = join(folder, "model.safetensors");
    if (!existsSync(path) && existsSync(join(folder, "pytorch_model.bin"))) {
      throw new InputError("unsupported_weights", `${folder} holds pytorch_model.bin only.`, {
        hint: "choose a revision with safetensors, or save it with `model.save_pretrained(folder)`",
      });
    }
    await readShard(path, tensors);
    return { path: folder, format: "hugging-face", config, tensors };
  }
  const { weight_map } = await readJson<{ weight_map: Record<string, string> }>(indexPath);
  for (const shard of new Set(Object.values(weight_map))) await readShard(join(dirname(indexPath), shard), tensors);
  for (const [name, shard] of Object.entries(weight_map)) {
    if (!tensors.has(name)) {
      throw new InputError(
        "missing_tensor",
        `${folder}: the index says ${shard} holds tensor "${name}", but it does not.`,
        {
          details: { tensor: name, shard },
          hint: "download the shard again",
        },
      );
    }
  }
  return { path: folder, format: "hugging-face", config, tensors };
}

async function readShard(path: string, tensors: Map<string, CheckpointTensor>): Promise<void> {
  const file = await SafetensorsFile.open(path);
  const fourBit = await readFourBitTensors(file);
  await file.close(); // the header is in memory; weights are mapped by the runtime
  for (const [name, tensor] of fourBit.tensors) tensors.set(name, tensor);
  for (const entry of file.tensors.values()) {
    if (fourBit.parts.has(entry.name)) continue;
    const dtype = floatTypes[entry.dtype];
    if (!dtype) {
      // Buffers such as position ids are no weights; anything else is a kind of checkpoint that Loam does not read.
      if (/(position_ids|\.attn\.(bias|masked_bias))$/.test(entry.name)) continue;
      throw wrongDtype(path, entry);
    }
    tensors.set(entry.name, {
      dtype,
      shape: entry.shape,
      source: { file: path, offsetBytes: entry.offset, lengthBytes: entry.sizeBytes },
    });
  }
}

const floatTypes: Partial<Record<TensorEntry["dtype"], CheckpointTensor["dtype"]>> = {
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
};

function wrongDtype(path: string, { name, dtype }: TensorEntry): InputError {
  return new InputError("wrong_dtype", `${path}: tensor "${name}" has dtype ${dtype}; expected F32, F16 or BF16.`, {
    details: { tensor: name, dtype },
    hint: "use the checkpoint before quantisation, or its GGUF form",
  });
}

/** A JSON file of a model folder. @throws {NotFoundError} when it is missing, {@link InputError} when it is no JSON. */
export async function readJson<T>(path: string): Promise<T> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new NotFoundError("file", path, { cause, hint: "check that the folder holds a complete checkpoint" });
  }
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new InputError("bad_json", `${path} is not JSON: ${(cause as Error).message}.`, { cause });
  }
}
