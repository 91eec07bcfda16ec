import { createHash } from "node:crypto";
import { existsSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { type GgufFile, type GgufTensor, SafetensorsFile, type TensorToWrite, writeSafetensors } from "@loam/formats";
import { cacheFolder } from "./cache-folder.ts";
import type { CheckpointTensor } from "./checkpoint.ts";

/** Grows when conversion changes, so that old files are not taken for new ones. */
const CONVERSION = 1;

/**
 * The given tensors of a GGUF file as float32, from a safetensors file in the cache folder that is written on the first
 * call and mapped afterwards.
 */
export async function convertedFile(
  file: GgufFile,
  wanted: ReadonlyMap<string, GgufTensor>,
  adapt: (
    name: string,
    values: Float32Array,
    shape: readonly number[],
  ) => { values: Float32Array; shape: readonly number[] },
): Promise<Map<string, CheckpointTensor>> {
  const result = new Map<string, CheckpointTensor>();
  if (wanted.size === 0) return result;
  const { size, mtimeMs } = statSync(file.path);
  const key = createHash("sha256")
    .update(JSON.stringify([CONVERSION, file.path, size, mtimeMs]))
    .digest("hex")
    .slice(0, 32);
  const path = join(cacheFolder("gguf"), `${key}.safetensors`);
  if (!existsSync(path)) {
    const tensors: [string, TensorToWrite][] = [];
    for (const [name, tensor] of wanted) {
      const { values, shape } = adapt(name, await file.readFloat32(tensor.name), tensor.shape);
      tensors.push([name, { dtype: "F32", shape, data: values }]);
    }
    const temporary = `${path}.${process.pid}`;
    await writeSafetensors(temporary, tensors);
    renameSync(temporary, path);
  }
  const converted = await SafetensorsFile.open(path);
  await converted.close();
  for (const { name, shape, offset, sizeBytes } of converted.tensors.values()) {
    result.set(name, { dtype: "float32", shape, source: { file: path, offsetBytes: offset, lengthBytes: sizeBytes } });
  }
  return result;
}
