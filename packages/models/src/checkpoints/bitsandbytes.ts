import type { SafetensorsFile } from "@loam/core";
import { fromBitsandbytes, type StoredTensor } from "@loam/graph";
import type { CheckpointTensor } from "./checkpoint.ts";

/**
 * The weights of a file that bitsandbytes stored in 4 bits, each with its quantisation state beside it, and the names of all
 * entries that belong to them.
 */
export async function readFourBitTensors(
  file: SafetensorsFile,
): Promise<{ tensors: Map<string, CheckpointTensor>; parts: Set<string> }> {
  const tensors = new Map<string, CheckpointTensor>();
  const parts = new Set<string>();
  for (const state of file.tensors.keys()) {
    const name = /^(.*)\.quant_state\.bitsandbytes__(?:nf4|fp4)$/.exec(state)?.[1];
    if (name === undefined) continue;
    const entries: Record<string, StoredTensor> = {};
    for (const part of file.tensors.keys()) {
      if (part !== name && !part.startsWith(`${name}.`)) continue;
      parts.add(part);
      entries[part.slice(name.length)] = {
        data: (await file.read(part)) as Uint8Array | Float32Array,
        shape: file.entry(part).shape,
      };
    }
    const fourBit = fromBitsandbytes(entries);
    const { offset, sizeBytes } = file.entry(name);
    tensors.set(name, {
      dtype: "float32",
      shape: fourBit.shape,
      source: { file: file.path, offsetBytes: offset, lengthBytes: sizeBytes },
      fourBit,
    });
  }
  return { tensors, parts };
}
