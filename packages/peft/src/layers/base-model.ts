import { type Model, readTensor, resolveTensorName } from "@loam/models";
import { layersOf } from "./linear-layers.ts";
import type { BaseModel } from "./method.ts";

/** A model as adapters see it. */
export function baseModelOf(model: Model): BaseModel {
  const { linear, embeddings } = layersOf(model);
  return {
    model,
    linearLayers: linear,
    embeddings,
    async read(name) {
      const stored = resolveTensorName(model.checkpoint, model.architecture, name) ?? name;
      const data = await readTensor(model.checkpoint, stored);
      const { tensors, packed } = model.checkpoint;
      return { shape: (packed?.get(stored) ?? tensors.get(stored))!.shape, data };
    },
  };
}
