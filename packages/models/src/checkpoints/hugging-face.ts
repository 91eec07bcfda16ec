import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { InputError, show } from "@loam/core";
import { readTextFile, SafetensorsFile, type TensorEntry } from "@loam/formats";
import { type FourBitMatrix, fromBitsandbytes, type StoredTensor } from "@loam/graph";
import type { ConfigJson } from "../architectures/architecture.ts";
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
  const fourBit = new FourBitEntries();
  if (!existsSync(indexPath)) {
    const path = join(folder, "model.safetensors");
    if (!existsSync(path) && existsSync(join(folder, "pytorch_model.bin"))) {
      throw new InputError("unsupported_weights", `${folder} holds pytorch_model.bin only.`, {
        hint: "choose a revision with safetensors, or save it with `model.save_pretrained(folder)`",
      });
    }
    await readShard(path, tensors, fourBit);
    return { path: folder, format: "hugging-face", config, tensors, packed: fourBit.matrices() };
  }
  const { weight_map } = await readJson<{ weight_map: Record<string, string> }>(indexPath);
  for (const shard of new Set(Object.values(weight_map))) {
    if (typeof shard === "string" && shard !== "" && shard === basename(shard) && !shard.includes("\\")) continue;
    throw new InputError(
      "bad_index",
      `${indexPath} names the shard ${show(shard)}; expected a file of the same folder.`,
      {
        details: { shard },
        hint: "download the checkpoint again",
      },
    );
  }
  for (const shard of new Set(Object.values(weight_map))) {
    await readShard(join(dirname(indexPath), shard), tensors, fourBit);
  }
  for (const [name, shard] of Object.entries(weight_map)) {
    if (!tensors.has(name) && !fourBit.has(name)) {
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
  return { path: folder, format: "hugging-face", config, tensors, packed: fourBit.matrices() };
}

async function readShard(path: string, tensors: Map<string, CheckpointTensor>, fourBit: FourBitEntries): Promise<void> {
  const file = await SafetensorsFile.open(path);
  try {
    for (const entry of file.tensors.values()) {
      if (!(await fourBit.take(file, entry))) addTensor(path, entry, tensors);
    }
  } finally {
    await file.close(); // float weights are mapped by the runtime
  }
}

/** Collects what bitsandbytes writes for each 4-bit weight: the packed bytes and, under names after its own, their state. */
class FourBitEntries {
  readonly #entries = new Map<string, Record<string, StoredTensor>>();

  /** Reads the tensor if it is part of a 4-bit weight. */
  async take(file: SafetensorsFile, { name, dtype, shape }: TensorEntry): Promise<boolean> {
    const [, weight, part] =
      /^(.+\.weight)(\.absmax|\.quant_map|\.nested_absmax|\.nested_quant_map|\.quant_state\.bitsandbytes__\w+)$/.exec(
        name,
      ) ?? (dtype === "U8" && name.endsWith(".weight") ? [name, name, ""] : []);
    if (weight === undefined) return false;
    const entry = this.#entries.get(weight) ?? {};
    entry[part!] = { data: (await file.read(name)) as Uint8Array | Float32Array, shape };
    this.#entries.set(weight, entry);
    return true;
  }

  has(name: string): boolean {
    return [...this.#entries].some(([weight, parts]) => Object.keys(parts).some((part) => weight + part === name));
  }

  matrices(): Map<string, FourBitMatrix> {
    return new Map(
      [...this.#entries].map(([name, parts]) => {
        try {
          return [name, fromBitsandbytes(parts)];
        } catch (cause) {
          throw new InputError("bad_4bit_weight", `Tensor "${name}": ${(cause as Error).message}`, {
            details: { tensor: name },
            hint: "download the file again, or take the checkpoint without quantisation",
            cause,
          });
        }
      }),
    );
  }
}

function addTensor(path: string, entry: TensorEntry, tensors: Map<string, CheckpointTensor>): void {
  const dtype = floatTypes[entry.dtype];
  if (!dtype) {
    // Buffers such as position ids are no weights; anything else is a kind of checkpoint that Loam does not read.
    if (/(position_ids|\.attn\.(bias|masked_bias))$/.test(entry.name)) return;
    throw wrongDtype(path, entry);
  }
  tensors.set(entry.name, {
    dtype,
    shape: entry.shape,
    source: { file: path, offsetBytes: entry.offset, lengthBytes: entry.sizeBytes },
  });
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
  const text = await readTextFile(path, { hint: "check that the folder holds a complete checkpoint" });
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new InputError("bad_json", `${path} is not JSON: ${(cause as Error).message}.`, {
      hint: "download the file again; it may be cut",
      cause,
    });
  }
}
