import { type Tensor, transpose } from "@loam/graph";
import type { Parameters } from "@loam/models";
import type { LinearLayer } from "./linear-layers.ts";

/** A linear layer inside a graph: what an adapter's forward pass is written with. */
export interface BaseLayer extends LinearLayer {
  /** x [..., I] → [..., O], with the bias. */
  forward(x: Tensor): Tensor;
  /** [O, I], however the checkpoint has it. */
  weightTensor(): Tensor;
  /** [O], where the layer has one. */
  biasTensor(): Tensor | undefined;
  /** A weight [O, I] as the checkpoint has it. */
  toLayout(weight: Tensor): Tensor;
}

/** A layer of the base with what an adapter needs of it: its weight [O, I], and `forward`, [..., I] → [..., O]. */
export function baseLayer(layer: LinearLayer, parameters: Parameters, forward: (x: Tensor) => Tensor): BaseLayer {
  // A layer that was tied to another has its own weight once one of the two was changed.
  const own = `${layer.path}.weight`;
  return {
    ...layer,
    forward,
    weightTensor: () => {
      const weight = parameters.get(parameters.has(own) ? own : layer.weight);
      return layer.layout === "out,in" ? weight : transpose(weight, [1, 0]);
    },
    toLayout: (weight) => (layer.layout === "out,in" ? weight : transpose(weight, [1, 0])),
    biasTensor: () => (layer.hasBias ? parameters.get(`${layer.path}.bias`) : undefined),
  };
}
