import { type OnProgress, ProgressMeter, throwIfCancelled } from "@loam/core";
import { type FourBitType, quantize4bit } from "@loam/graph";
import { frozenParameters, type Model, readTensor, resolveTensorName } from "@loam/models";
import { linearLayersOf } from "./linear-layers.ts";

/**
 * A model whose linear layers are kept in 4 bits with doubly quantised scales, as QLoRA trains on (arXiv:2305.14314). Left in
 * full precision are the language-model head, tied weights, and layers with transposed weights (GPT-2).
 */
export async function quantizedModel<M extends Model>(
  model: M,
  { type, onProgress, signal }: { type: FourBitType; onProgress?: OnProgress; signal?: AbortSignal },
): Promise<M> {
  const tensors = new Map(model.checkpoint.tensors);
  const packed = new Map(model.checkpoint.packed);
  const layers = linearLayersOf(model).filter(
    ({ path, weight, layout }) => weight === `${path}.weight` && path !== "lm_head" && layout === "out,in",
  );
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
      const matrix = quantize4bit(await readTensor(model.checkpoint, name), stored.shape, {
        type,
        doubleQuantization: true,
      });
      packed.set(name, matrix);
      tensors.delete(name);
    }
    meter.advance();
  }
  const checkpoint = { ...model.checkpoint, tensors, packed };
  return { ...model, checkpoint, parameters: frozenParameters(checkpoint, model.architecture) };
}
