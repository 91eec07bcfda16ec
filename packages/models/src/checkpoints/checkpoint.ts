import { open } from "node:fs/promises";
import { InputError, NotFoundError, show, throwIfCancelled } from "@loam/core";
import { bfloat16ToFloat32, float16ToFloat32 } from "@loam/formats";
import {
  cast,
  dequantize4bit,
  dequantizeLowBit,
  dequantizeRowwise,
  type FourBitMatrix,
  type Int8Matrix,
  linearLowBit,
  type Tensor,
  type WeightSource,
  weight,
} from "@loam/graph";
import type { Architecture, ConfigJson } from "../architectures/architecture.ts";
import type { Parameters } from "../modules/modules.ts";
import { packedTensors } from "./packed-tensors.ts";

/** One stored tensor: what it is and where its bytes are. */
export interface CheckpointTensor {
  dtype: "float32" | "float16" | "bfloat16";
  shape: readonly number[];
  source: WeightSource;
}

/** The weights and config of a model, whatever files they came from; names and layouts are Hugging Face's. */
export interface Checkpoint {
  /** Folder or file. */
  path: string;
  format: "hugging-face" | "gguf" | "llama2.c";
  config: ConfigJson;
  tensors: ReadonlyMap<string, CheckpointTensor>;
  /** Matrices that are kept in few bits, as bitsandbytes makes them. */
  packed?: ReadonlyMap<string, PackedMatrix>;
}

export type PackedMatrix = FourBitMatrix | Int8Matrix;

/** The name under which a checkpoint has a tensor: the usual one or one of the architecture's aliases. */
export function resolveTensorName(
  checkpoint: Checkpoint,
  architecture: Architecture,
  name: string,
): string | undefined {
  const has = (candidate: string) => checkpoint.tensors.has(candidate) || (checkpoint.packed?.has(candidate) ?? false);
  return has(name) ? name : architecture.aliases?.(name).find(has);
}

/** A checkpoint's tensors as frozen weights of graphs. The same tensor is mapped once, however many graphs use it. */
export function frozenParameters(checkpoint: Checkpoint, architecture: Architecture): Parameters {
  const made = new Map<string, Tensor>();
  const resolve = (name: string) => resolveTensorName(checkpoint, architecture, name);
  const packed = packedTensors(checkpoint.packed ?? new Map());
  return {
    has: (name) => resolve(name) !== undefined,
    get(name) {
      const found = resolve(name);
      if (found === undefined) {
        throw new NotFoundError(`${checkpoint.path}: tensor`, name, { known: checkpoint.tensors.keys() });
      }
      const matrix = packed.get(found);
      if (matrix) return dequantizeLowBit(matrix);
      let tensor = made.get(found);
      if (!tensor) {
        const { dtype, shape, source } = checkpoint.tensors.get(found)!;
        tensor = cast(weight({ name: found, dtype, shape, source }), "float32");
        made.set(found, tensor);
      }
      return tensor;
    },
    packedMatmul(name, x) {
      const matrix = packed.get(resolve(name) ?? name);
      return matrix && linearLowBit(x, matrix);
    },
  };
}

/**
 * One tensor's numbers, read from disk.
 *
 * @throws {NotFoundError} when the checkpoint lacks it.
 */
export async function readTensor(checkpoint: Checkpoint, name: string): Promise<Float32Array> {
  const packed = checkpoint.packed?.get(name);
  if (packed) return packed.type === "int8" ? dequantizeRowwise(packed) : dequantize4bit(packed);
  const tensor = checkpoint.tensors.get(name);
  if (!tensor) throw new NotFoundError(`${checkpoint.path}: tensor`, name, { known: checkpoint.tensors.keys() });
  const bytes = await readSource(tensor.source);
  switch (tensor.dtype) {
    case "float32":
      return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    case "float16":
      return float16ToFloat32(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2));
    case "bfloat16":
      return bfloat16ToFloat32(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2));
  }
}

async function readSource(source: WeightSource): Promise<Uint8Array> {
  if ("data" in source)
    return new Uint8Array(source.data.buffer, source.data.byteOffset, source.data.byteLength).slice();
  const file = await open(source.file);
  try {
    const bytes = new Uint8Array(source.lengthBytes);
    await file.read(bytes, 0, source.lengthBytes, source.offsetBytes);
    return bytes;
  } finally {
    await file.close();
  }
}

/**
 * Compares a checkpoint with what its config says it must hold.
 *
 * @throws {InputError} `missing_tensor` naming those that are not there, `wrong_shape` naming the tensor with the
 *   expected and the found shape.
 */
export function checkTensors(checkpoint: Checkpoint, architecture: Architecture, config: unknown): void {
  const missing: string[] = [];
  for (const [name, expected] of Object.entries(architecture.parameters(config))) {
    const found = resolveTensorName(checkpoint, architecture, name);
    if (found === undefined) {
      missing.push(name);
      continue;
    }
    const { shape } = checkpoint.tensors.get(found) ?? checkpoint.packed!.get(found)!;
    if (shape.length !== expected.length || shape.some((size, axis) => size !== expected[axis])) {
      throw new InputError(
        "wrong_shape",
        `${checkpoint.path}: tensor "${found}" has shape ${show(shape)}; the config asks for ${show(expected)}.`,
        { details: { tensor: found, expected, found: shape }, hint: "check that config and weights belong together" },
      );
    }
  }
  if (missing.length > 0) {
    const names = missing.slice(0, 3).map((name) => `"${name}"`);
    const more = missing.length > 3 ? ` and ${missing.length - 3} more` : "";
    throw new InputError("missing_tensor", `${checkpoint.path}: no tensor ${names.join(", ")}${more}.`, {
      details: { missing },
      hint: "a shard may be missing, or the config belongs to another model",
    });
  }
}

/** The first NaN or infinity of a checkpoint, or undefined: reads every weight once. */
export async function findNonFinite(
  checkpoint: Checkpoint,
  { signal }: { signal?: AbortSignal } = {},
): Promise<{ tensor: string; index: number; value: number } | undefined> {
  for (const name of checkpoint.tensors.keys()) {
    throwIfCancelled(signal, "Checking the weights");
    const values = await readTensor(checkpoint, name);
    const index = values.findIndex((x) => !Number.isFinite(x));
    if (index >= 0) return { tensor: name, index, value: values[index]! };
  }
  return undefined;
}
