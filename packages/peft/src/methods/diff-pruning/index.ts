import { add, cast, mul, reduceSum, reshape, scatterElements, type Tensor, zeros as zeroTensor } from "@loam/graph";
import { deltaForward } from "../../layers/delta-forward.ts";
import { type LayerParameter, layerMethod } from "../../layers/layer-method.ts";
import type { Chance } from "../../layers/method.ts";
import { zeros } from "../../numbers/initial.ts";
import { DiffPruningConfig } from "./config.ts";
import { gate, openProbability } from "./gates.ts";
import { project, stillDeltas } from "./project.ts";

/**
 * Diff pruning (arXiv:2012.07463): W + δ with a sparse δ. First δ = z ∘ w, where hard-concrete gates z learn what to leave
 * alone (with `structured`, times one gate for the whole matrix) at a price λ·Σ P(z > 0); then only the largest entries stay
 * and are tuned further. The file holds those, as rows, columns and values.
 */
export const diffPruning = layerMethod({
  type: "DIFF_PRUNING",
  summary: "a sparse change of the weights, learned through gates",
  config: DiffPruningConfig,
  identityAtInit: true,
  params: ({ inFeatures: I, outFeatures: O }, { structured, initial_alpha }) => {
    const alpha = (_: unknown, shape: readonly number[]) =>
      new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(initial_alpha);
    const params: Record<string, LayerParameter> = {
      diff_w: { shape: [O, I], fill: zeros },
      diff_alpha: { shape: [O, I], fill: alpha },
    };
    if (structured) params.diff_alpha_group = { shape: [1], fill: alpha };
    return params;
  },
  fileShapes: () => ({ diff_rows: ["kept"], diff_columns: ["kept"], diff_values: ["kept"] }),
  forward: (base, params, x, _config, chance) =>
    deltaForward(base, deltaOf(params, [base.outFeatures, base.inFeatures], base.path, chance), x),
  merge: ({ weight, bias, layer }, params) => ({
    weight: add(weight, deltaOf(params, [layer.outFeatures, layer.inFeatures], layer.path)),
    bias,
  }),
  penalty: (layers, { sparsity_weight }) => {
    const terms = layers.flatMap(({ diff_alpha, diff_alpha_group }) => {
      if (!diff_alpha) return [];
      const open = openProbability(diff_alpha);
      return [reduceSum(diff_alpha_group ? mul(open, openProbability(diff_alpha_group)) : open)];
    });
    return terms.length > 0
      ? mul(
          terms.reduce((a, b) => add(a, b)),
          sparsity_weight,
        )
      : undefined;
  },
  more: {
    isFrozen: isPlace,
    isIndex: isPlace,
    learningRateFactor: (key, config) => (key.includes(".diff_alpha") ? config.alpha_learning_rate_factor : 1),
    keeper: (_base, config, { totalSteps }) => ({
      afterStep({ step, params }) {
        if (step !== Math.ceil(totalSteps * config.gated_share) || Object.keys(params).some(isValue)) return undefined;
        const deltas = stillDeltas(params);
        const total = Object.values(deltas).reduce((sum, { data }) => sum + data.length, 0);
        return { params: project(deltas, Math.max(1, Math.round(total * config.keep))), optimiser: "restart" };
      },
      config: () => config,
      save: () => ({}),
    }),
    async toFile(_base, config, tensors) {
      if (Object.keys(tensors).some(isValue)) return { config, tensors };
      const deltas = stillDeltas(tensors);
      const total = Object.values(deltas).reduce((sum, { data }) => sum + data.length, 0);
      const sparse = project(deltas, Math.max(1, Math.round(total * config.keep)));
      return { config, tensors: sparse, trained: tensors };
    },
  },
});

function isPlace(key: string): boolean {
  return /\.diff_(rows|columns)$/.test(key);
}
const isValue = (key: string): boolean => key.endsWith(".diff_values");

/** δ [O, I], from its sparse form or through the gates. */
function deltaOf(
  { diff_w, diff_alpha, diff_alpha_group, diff_rows, diff_columns, diff_values }: Readonly<Record<string, Tensor>>,
  [O, I]: readonly [number, number],
  path: string,
  { uniform }: Partial<Chance> = {},
): Tensor {
  if (diff_values) {
    if (diff_values.shape[0] === 0) return zeroTensor([O, I]);
    const places = add(mul(cast(diff_rows!, "int64"), I), cast(diff_columns!, "int64"));
    return reshape(scatterElements(zeroTensor([O * I]), places, diff_values, { axis: 0, reduction: "add" }), [O, I]);
  }
  const gated = mul(gate(diff_alpha!, uniform?.(`${path}.diff_alpha`, [O, I])), diff_w!);
  return diff_alpha_group ? mul(gated, gate(diff_alpha_group, uniform?.(`${path}.diff_alpha_group`, [1]))) : gated;
}
