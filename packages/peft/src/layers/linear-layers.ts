import { input, type Tensor } from "@loam/graph";
import { type Model, Modules } from "@loam/models";

/** A linear layer of a base model. */
export interface LinearLayer {
  /** The Hugging Face module: `model.layers.0.self_attn.q_proj`. */
  path: string;
  /** The weight's name, usually `path.weight`; another for tied weights. */
  weight: string;
  inFeatures: number;
  outFeatures: number;
  hasBias: boolean;
  /** How the weight lies in the checkpoint: PyTorch's `Linear` or GPT-2's `Conv1D`. */
  layout: "out,in" | "in,out";
}

/** A table of a base model that ids choose rows from; its weight is `path.weight` [rows, columns]. */
export interface EmbeddingLayer {
  path: string;
  rows: number;
  columns: number;
}

/** Linear layers and embedding tables of a model, found by writing its forward pass once and watching. */
export function layersOf(model: Model): { linear: LinearLayer[]; embeddings: EmbeddingLayer[] } {
  const linear: LinearLayer[] = [];
  const embeddings: EmbeddingLayer[] = [];
  const modules = new Modules(model.parameters, {
    linear: (path, x, base, { layout, weight }) => {
      const y = base(x);
      const [inFeatures, outFeatures] = [x.shape.at(-1) as number, y.shape.at(-1) as number];
      linear.push({ path, weight, inFeatures, outFeatures, hasBias: modules.has(`${path}.bias`), layout });
      return y;
    },
    embedding: (path, ids, base) => {
      const [rows, columns] = model.parameters.get(`${path}.weight`).shape as [number, number];
      embeddings.push({ path, rows, columns });
      return base(ids);
    },
  });
  const shape = ["batch", "sequence"];
  const ids = input({ name: "ids", dtype: "int64", shape });
  const mask = input({ name: "mask", dtype: "bool", shape });
  if (model.kind === "decoder") {
    const { architecture, config } = model;
    const embedded = architecture.embed(modules, config, ids, ids);
    const { hiddenStates } = architecture.forward(modules, config, { embeddings: embedded, positions: ids, mask });
    architecture.logits(modules, config, hiddenStates.at(-1) as Tensor);
  } else {
    const { architecture, config } = model;
    const last = architecture.forward(modules, config, { ids, mask }).at(-1) as Tensor;
    architecture.pooled(modules, config, last);
    architecture.logits(modules, config, last);
  }
  return { linear, embeddings };
}

/** Every linear layer of a model. */
export function linearLayersOf(model: Model): LinearLayer[] {
  return layersOf(model).linear;
}

/** The layer that makes logits of hidden states, where the model has one. */
export function headOf({ model, linearLayers }: { model: Model; linearLayers: readonly LinearLayer[] }) {
  return model.kind === "decoder"
    ? linearLayers.at(-1)
    : linearLayers.find(({ path }) => /(^|\.)(cls\.predictions|lm_head)\.decoder$/.test(path));
}
