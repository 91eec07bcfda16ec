import { mul, reshape } from "@loam/graph";
import { layerMethod } from "../../layers/layer-method.ts";
import { isNamed } from "../../layers/targets.ts";
import { ones } from "../../numbers/initial.ts";
import { Ia3Config } from "./config.ts";

/**
 * (IA)³ (arXiv:2205.05638): rescales each output of a key or value projection, or each input of a feed-forward layer, by a
 * learned vector that starts at one. Outputs are rescaled with their bias.
 */
export const ia3 = layerMethod({
  type: "IA3",
  summary: "learned rescaling of keys, values and feed-forward activations",
  config: Ia3Config,
  identityAtInit: true,
  params: ({ path, inFeatures: I, outFeatures: O }, config) => ({
    ia3_l: { shape: isNamed(path, config.feedforward_modules) ? [1, I] : [O, 1], fill: ones },
  }),
  forward: (base, params, x) => {
    const scale = params.ia3_l!;
    const flat = reshape(scale, [-1]);
    return scale.shape[0] === 1 ? base.forward(mul(x, flat)) : mul(base.forward(x), flat);
  },
  merge: ({ weight, bias, layer }, params) => ({
    // [O, 1] and [1, I] both broadcast over W [O, I].
    weight: mul(weight, params.ia3_l!),
    bias: bias && params.ia3_l!.shape[0] !== 1 ? mul(bias, reshape(params.ia3_l!, [layer.outFeatures])) : bias,
  }),
});
