import { add, linear, matmul, mul, reshape, slice, type Tensor } from "@loam/graph";
import { layerMethod } from "../../layers/layer-method.ts";
import { normal, ones, zeros } from "../../numbers/initial.ts";
import { VeraConfig } from "./config.ts";
import { drawProjections } from "./projections.ts";

const sharedA = "base_model.vera_A";
const sharedB = "base_model.vera_B";

/**
 * VeRA (arXiv:2310.11454): y = Wx + b ∘ B(d ∘ Ax) with random A [r, I] and B [O, r] that all layers share and nobody trains, each
 * layer taking what it needs of them, and learned vectors d [r] and b [O]; b starts at zero (`tuners/vera/layer.py` of PEFT 0.21).
 */
export const vera = layerMethod({
  type: "VERA",
  summary: "learned scales of random matrices that all layers share",
  config: VeraConfig,
  identityAtInit: true,
  params: ({ outFeatures: O }, { r, d_initial, init_weights }) => ({
    vera_lambda_b: { shape: [O], fill: init_weights ? zeros : ones },
    vera_lambda_d: { shape: [r], fill: init_weights ? () => new Float32Array(r).fill(d_initial) : normal(1) },
  }),
  shared: (layers, { r, projection_prng_key: key, save_projection: inFile }) => {
    const I = Math.max(...layers.map(({ inFeatures }) => inFeatures));
    const O = Math.max(...layers.map(({ outFeatures }) => outFeatures));
    let drawn: ReturnType<typeof drawProjections> | undefined;
    const part = (of: "A" | "B") => () => {
      drawn ??= drawProjections({ r, I, O, key });
      return drawn[of].data;
    };
    return {
      [sharedA]: { shape: [r, I], make: part("A"), inFile },
      [sharedB]: { shape: [O, r], make: part("B"), inFile },
    };
  },
  forward: (base, params, x, config, { dropout }) => {
    const { A, B } = slicesOf(params, base.inFeatures, base.outFeatures);
    const inner = mul(linear(dropout(x, config.vera_dropout), A), params.vera_lambda_d!);
    return add(base.forward(x), mul(linear(inner, B), params.vera_lambda_b!));
  },
  merge: ({ weight, bias, layer: { inFeatures: I, outFeatures: O } }, params, { r }) => {
    const { A, B } = slicesOf(params, I, O);
    const [b, d] = [reshape(params.vera_lambda_b!, [O, 1]), reshape(params.vera_lambda_d!, [r, 1])];
    return { weight: add(weight, matmul(mul(B, b), mul(A, d))), bias };
  },
  more: {
    isFrozen: (key) => key === sharedA || key === sharedB,
    async toFile(_base, config, tensors) {
      if (config.save_projection) return { config, tensors };
      const { [sharedA]: _A, [sharedB]: _B, ...own } = tensors;
      return { config, tensors: own };
    },
  },
});

/** A [r, I] and B [O, r] of one layer: the first columns and rows of the shared ones. */
function slicesOf(params: Readonly<Record<string, Tensor>>, I: number, O: number): { A: Tensor; B: Tensor } {
  return {
    A: slice(params[sharedA]!, { axes: [1], starts: [0], ends: [I] }),
    B: slice(params[sharedB]!, { axes: [0], starts: [0], ends: [O] }),
  };
}
