import { type OnProgress, ProgressMeter, throwIfCancelled, UnsupportedError } from "@loam/core";
import { type FourBitType, quantize4bit, quantizeRowwise } from "@loam/graph";
import { frozenParameters, type Model, type PackedMatrix, readTensor, resolveTensorName } from "@loam/models";
import { type LinearLayer, linearLayersOf } from "../layers/linear-layers.ts";

export type BaseType = FourBitType | "int8";

/** Bytes a weight takes: 4 bits (8) and an 8-bit scale per block of 64 (a float32 scale per row, which is next to nothing). */
export const bytesPerWeight: Record<BaseType, number> = { nf4: 0.5 + 1 / 64, fp4: 0.5 + 1 / 64, int8: 1 };

/**
 * A model whose linear layers are kept in few bits, as QLoRA trains on: "nf4" and "fp4" in 4 bits with doubly quantised scales
 * (arXiv:2305.14314), "int8" by row (arXiv:2208.07339 without its outliers; activations stay float32). Left in full precision
 * are the language-model head, tied weights, and layers with transposed weights (GPT-2).
 *
 * @throws {UnsupportedError} when the model has no layer that could be quantised.
 */
export async function quantizedModel<M extends Model>(
  model: M,
  { type, onProgress, signal }: { type: BaseType; onProgress?: OnProgress; signal?: AbortSignal },
): Promise<M> {
  const tensors = new Map(model.checkpoint.tensors);
  const packed = new Map(model.checkpoint.packed);
  const layers = linearLayersOf(model).filter(isQuantizable);
  if (layers.length === 0) {
    throw new UnsupportedError(`${model.name} has no linear layer that can be kept in ${type}.`, {
      hint: "weights stored as [in, out] (GPT-2) stay float; set `quantize: none`",
    });
  }
  const meter = new ProgressMeter(onProgress, {
    task: "quantize",
    label: model.name,
    unit: "layer",
    total: layers.length,
  });
  for (const { weight } of layers) {
    throwIfCancelled(signal, "Quantisation");
    const name = resolveTensorName(model.checkpoint, model.architecture, weight)!;
    const stored = tensors.get(name);
    if (stored) {
      packed.set(name, pack(await readTensor(model.checkpoint, name), stored.shape as [number, number], type));
      tensors.delete(name);
    }
    meter.advance();
  }
  const checkpoint = { ...model.checkpoint, tensors, packed };
  return { ...model, checkpoint, parameters: frozenParameters(checkpoint, model.architecture) };
}

/** Whether a layer has a weight of its own, of the layout that is quantised. */
export const isQuantizable = ({ path, weight, layout }: LinearLayer): boolean =>
  weight === `${path}.weight` && path !== "lm_head" && layout === "out,in";

function pack(weight: Float32Array, shape: readonly [number, number], type: BaseType): PackedMatrix {
  if (type === "int8") return { type, shape, ...quantizeRowwise(weight, shape[0]) };
  return quantize4bit(weight, shape, { type, doubleQuantization: true });
}
