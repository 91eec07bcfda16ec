import { add, constant, linear, matmul, mul, reduceL2, reshape, sub, type Tensor } from "@loam/graph";
import { layerMethod } from "../../layers/layer-method.ts";
import { normal, zeros } from "../../numbers/initial.ts";
import { AdaloraConfig } from "./config.ts";
import { RankAllocator, shrinkRanks } from "./rank-allocator.ts";

/**
 * AdaLoRA (arXiv:2303.10512): ΔW = s·B(A ∘ E), an update in the form of a singular value decomposition whose values E are
 * pruned by importance while training (see {@link RankAllocator}). A [r, I], B [O, r], E [r, 1] starting at zero;
 * s = α / (init_r + 10⁻⁵), also after ranks have shrunk.
 */
export const adalora = layerMethod({
  type: "ADALORA",
  summary: "low-rank update whose rank moves to the layers that need it",
  config: AdaloraConfig,
  identityAtInit: true,
  params: ({ inFeatures: I, outFeatures: O }, { init_r: r }) => ({
    lora_A: { shape: [r, I], fill: normal(0.02) },
    lora_B: { shape: [O, r], fill: normal(0.02) },
    lora_E: { shape: [r, 1], fill: zeros },
  }),
  fileShapes: ({ path, inFeatures: I, outFeatures: O }, { init_r, rank_pattern }) => {
    const r = rank_pattern?.[`${path}.lora_E`]?.filter(Boolean).length ?? init_r;
    return { lora_A: [r, I], lora_B: [O, r], lora_E: [r, 1] };
  },
  forward: (base, { lora_A, lora_B, lora_E }, x, config, { dropout }) => {
    if (lora_A!.shape[0] === 0) return base.forward(x); // every rank was pruned
    const low = linear(linear(dropout(x, config.lora_dropout), mul(lora_A!, lora_E!)), lora_B!);
    return add(base.forward(x), mul(low, scaleOf(config)));
  },
  merge: ({ weight, bias }, { lora_A, lora_B, lora_E }, config) => ({
    weight: lora_A!.shape[0] === 0 ? weight : add(weight, mul(matmul(lora_B!, mul(lora_A!, lora_E!)), scaleOf(config))),
    bias,
  }),
  /** Keeps rows of A and columns of B near orthonormal: the mean over all of them of ‖AAᵀ − I‖ and ‖BᵀB − I‖. */
  penalty: (layers, config) => {
    const norms = layers.flatMap(({ lora_A, lora_B }) => [
      distanceFromIdentity(matmul(lora_A!, lora_A!, { transposeB: true })),
      distanceFromIdentity(matmul(lora_B!, lora_B!, { transposeA: true })),
    ]);
    return mul(
      norms.reduce((a, b) => add(a, b)),
      config.orth_reg_weight / norms.length,
    );
  },
  more: {
    keeper: (_base, config, options) => new RankAllocator(config, options),
    async toFile(_base, config, tensors) {
      if (!config.rank_pattern) return { config, tensors };
      return { config, tensors: shrinkRanks(tensors, config.rank_pattern), trained: tensors };
    },
  },
});

const scaleOf = ({ lora_alpha, init_r }: AdaloraConfig): number => lora_alpha / (init_r + 1e-5);

/** ‖M − I‖, Frobenius. M [r, r]. */
function distanceFromIdentity(square: Tensor): Tensor {
  const r = square.shape[0] as number;
  const identity = Float32Array.from({ length: r * r }, (_, i) => (i % (r + 1) === 0 ? 1 : 0));
  const difference = sub(square, constant({ dtype: "float32", shape: [r, r], data: identity }));
  return reduceL2(reshape(difference, [r * r]), { axes: [0], keepdims: false });
}
