import { add, matmul, mul, reshape, type Tensor } from "@loam/graph";
import { alphaOverRank, deltaForward, droppedDelta } from "../../layers/delta-forward.ts";
import { type LayerParameter, layerMethod } from "../../layers/layer-method.ts";
import { kaimingUniform, zeros } from "../../numbers/initial.ts";
import { LokrConfig } from "./config.ts";
import { factorise } from "./factorise.ts";

/**
 * LoKr (LyCORIS, arXiv:2309.14859): ΔW = α/r · w1 ⊗ w2, a Kronecker product. w1 [o1, i1] and w2 [o2, i2] with o1·o2 = O and
 * i1·i2 = I; each is whole, or itself a product of rank r where that is smaller. w1 starts at zero.
 */
export const lokr = layerMethod({
  type: "LOKR",
  summary: "Kronecker product of two small matrices",
  config: LokrConfig,
  identityAtInit: true,
  params: ({ path, inFeatures, outFeatures }, config) => {
    const { r } = alphaOverRank(config, path);
    const [i1, i2] = factorise(inFeatures, config.decompose_factor);
    const [o1, o2] = factorise(outFeatures, config.decompose_factor);
    const params: Record<string, LayerParameter> = {};
    if (config.decompose_both && r < Math.max(o1, i1) / 2) {
      params.lokr_w1_a = { shape: [o1, r], fill: zeros };
      params.lokr_w1_b = { shape: [r, i1], fill: kaimingUniform };
    } else params.lokr_w1 = { shape: [o1, i1], fill: zeros };
    if (r < Math.max(o2, i2) / 2) {
      params.lokr_w2_a = { shape: [o2, r], fill: kaimingUniform };
      params.lokr_w2_b = { shape: [r, i2], fill: kaimingUniform };
    } else params.lokr_w2 = { shape: [o2, i2], fill: kaimingUniform };
    return params;
  },
  forward: (base, params, x, config, chance) => {
    const delta = deltaOf(params, alphaOverRank(config, base.path).scale);
    const { rank_dropout: rows, module_dropout: layer, rank_dropout_scale: rescale } = config;
    return deltaForward(base, droppedDelta(delta, base.path, { rows, layer, rescale }, chance), x);
  },
  merge: ({ weight, bias, layer }, params, config) => ({
    weight: add(weight, deltaOf(params, alphaOverRank(config, layer.path).scale)),
    bias,
  }),
});

/** ΔW [O, I]. */
function deltaOf(params: Readonly<Record<string, Tensor>>, scale: number): Tensor {
  const w1 = params.lokr_w1 ?? matmul(params.lokr_w1_a!, params.lokr_w1_b!);
  const w2 = params.lokr_w2 ?? matmul(params.lokr_w2_a!, params.lokr_w2_b!);
  const [o1, i1] = w1.shape as [number, number];
  const [o2, i2] = w2.shape as [number, number];
  const product = mul(reshape(w1, [o1, 1, i1, 1]), reshape(w2, [1, o2, 1, i2])); // [o1, o2, i1, i2]
  return mul(reshape(product, [o1 * o2, i1 * i2]), scale);
}
