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

/** Every linear layer of a model, found by writing its forward pass once and watching. */
export function linearLayersOf(model: Model): LinearLayer[] {
  const layers: LinearLayer[] = [];
  const modules = new Modules(model.parameters, {
    linear: (path, x, base, { layout, weight }) => {
      const y = base(x);
      const [inFeatures, outFeatures] = [x.shape.at(-1) as number, y.shape.at(-1) as number];
      layers.push({ path, weight, inFeatures, outFeatures, hasBias: modules.has(`${path}.bias`), layout });
      return y;
    },
  });
  const shape = ["batch", "sequence"];
  const ids = input({ name: "ids", dtype: "int64", shape });
  const mask = input({ name: "mask", dtype: "bool", shape });
  if (model.kind === "decoder") {
    const { architecture, config } = model;
    const embeddings = architecture.embed(modules, config, ids, ids);
    const { hiddenStates } = architecture.forward(modules, config, { embeddings, positions: ids, mask });
    architecture.logits(modules, config, hiddenStates.at(-1) as Tensor);
  } else {
    model.architecture.forward(modules, model.config, { ids, mask });
  }
  return layers;
}
