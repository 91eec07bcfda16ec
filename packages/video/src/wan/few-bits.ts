import { throwIfCancelled } from "@loam/core";
import type { LowBitTensors } from "@loam/graph";
import {
  type EncoderModel,
  isLinearWeight,
  type LowBitFormat,
  packedSizeBytes,
  packMatrix,
  withPacked,
} from "@loam/models";
import { type Component, float32Bytes } from "./component.ts";

/** The matrices of a transformer's blocks: nearly all of its weights. Its first, last and conditioning layers stay as they are. */
const isInBlock = (name: string, shape: readonly number[]): shape is readonly [number, number] =>
  name.startsWith("blocks.") && isLinearWeight(name, shape);

/** Bytes of an encoder's matrices in few bits, and of its embeddings as they are. */
export function textEncoderBytes({ architecture, config }: EncoderModel, quantize: "none" | LowBitFormat): number {
  let bytes = 0;
  for (const [name, shape] of Object.entries(architecture.parameters(config))) {
    const isPacked = quantize !== "none" && isLinearWeight(name, shape);
    bytes += (isPacked ? packedSizeBytes(shape as [number, number], quantize) : undefined) ?? float32Bytes(shape);
  }
  return bytes;
}

/** Bytes of a component once it is packed, without packing it. */
export function packedComponentBytes({ tensors }: Pick<Component<unknown>, "tensors">, format: LowBitFormat): number {
  let bytes = 0;
  for (const [name, { shape }] of tensors)
    bytes += (isInBlock(name, shape) ? packedSizeBytes(shape, format) : undefined) ?? float32Bytes(shape);
  return bytes;
}

/**
 * A transformer with the matrices of its blocks in few bits. They are read one at a time, so that no more than one is held as float32;
 * those that no group of int4 divides stay as they are.
 */
export async function packComponent<C>(
  component: Component<C>,
  { format, signal }: { format: LowBitFormat; signal?: AbortSignal },
): Promise<Component<C>> {
  const packed = new Map<string, LowBitTensors>();
  for (const [name, { shape }] of component.tensors) {
    throwIfCancelled(signal, "Packing weights");
    if (!isInBlock(name, shape) || packedSizeBytes(shape, format) === undefined) continue;
    const matrix = packMatrix(name, await component.read(name), shape, { format });
    if (matrix) packed.set(name, matrix);
  }
  return {
    ...component,
    parameters: withPacked(component.parameters, packed),
    sizeBytes: packedComponentBytes(component, format),
  };
}
