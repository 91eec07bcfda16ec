import { add, matmul, mul, type Tensor } from "@loam/graph";
import { alphaOverRank, deltaForward, droppedDelta } from "../../layers/delta-forward.ts";
import { layerMethod } from "../../layers/layer-method.ts";
import { normal, zeros } from "../../numbers/initial.ts";
import { checkLoha, LohaConfig } from "./config.ts";

/**
 * LoHa (arXiv:2108.06098, in LyCORIS arXiv:2309.14859): ΔW = α/r · (w1a·w1b) ∘ (w2a·w2b), a Hadamard product of two
 * low-rank matrices, so its rank can reach r². w2a starts at zero.
 */
export const loha = layerMethod({
  type: "LOHA",
  summary: "Hadamard product of two low-rank updates",
  config: LohaConfig,
  check: checkLoha,
  identityAtInit: true,
  params: ({ path, inFeatures: I, outFeatures: O }, config) => {
    const { r } = alphaOverRank(config, path);
    return {
      hada_w1_a: { shape: [O, r], fill: normal(0.1) },
      hada_w1_b: { shape: [r, I], fill: normal(1) },
      hada_w2_a: { shape: [O, r], fill: zeros },
      hada_w2_b: { shape: [r, I], fill: normal(1) },
    };
  },
  forward: (base, params, x, config, chance) => {
    const delta = deltaOf(params, alphaOverRank(config, base.path).scale);
    const dropout = { rows: config.rank_dropout, layer: config.module_dropout, rescale: true };
    return deltaForward(base, droppedDelta(delta, base.path, dropout, chance), x);
  },
  merge: ({ weight, bias, layer }, params, config) => ({
    weight: add(weight, deltaOf(params, alphaOverRank(config, layer.path).scale)),
    bias,
  }),
});

/** ΔW [O, I]. */
function deltaOf(
  { hada_w1_a, hada_w1_b, hada_w2_a, hada_w2_b }: Readonly<Record<string, Tensor>>,
  scale: number,
): Tensor {
  return mul(mul(matmul(hada_w1_a!, hada_w1_b!), matmul(hada_w2_a!, hada_w2_b!)), scale);
}
