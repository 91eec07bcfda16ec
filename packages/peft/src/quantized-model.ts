import { type OnProgress, ProgressMeter, throwIfCancelled } from "@loam/core";
import { type FourBitType, quantize4bit } from "@loam/graph";
import { type CheckpointTensor, frozenParameters, type Model, readTensor, resolveTensorName } from "@loam/models";
import { linearLayersOf } from "./linear-layers.ts";

/**
 * A model whose linear layers are kept in 4 bits with doubly quantised scales, as QLoRA trains on (arXiv:2305.14314). Left in
 * full precision are the language-model head, tied weights, and layers with transposed weights (GPT-2).
 */
export async function quantizedModel<M extends Model>(
  model: M,
  { type, onProgress, signal }: { type: FourBitType; onProgress?: OnProgress; signal?: AbortSignal },
): Promise<M> {
  const tensors = new Map<string, CheckpointTensor>(model.checkpoint.tensors);
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
    const { shape, fourBit: already } = tensors.get(name)!;
    if (!already) {
      const fourBit = quantize4bit(await readTensor(model.checkpoint, name), shape, { type, doubleQuantization: true });
      tensors.set(name, { dtype: "float32", shape, source: { data: fourBit.packed }, fourBit });
    }
    meter.advance();
  }
  const checkpoint = { ...model.checkpoint, tensors };
  return { ...model, checkpoint, parameters: frozenParameters(checkpoint, model.architecture) };
}
