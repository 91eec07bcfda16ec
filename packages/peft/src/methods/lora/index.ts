import { add, div, linear, matmul, mul, reduceL2, reshape, stopGradient, sub, type Tensor } from "@loam/graph";
import { kaimingUniform, zeros } from "../../initial.ts";
import { layerMethod } from "../../layer-method.ts";
import type { TensorValue } from "../../method.ts";
import { LoraConfig, rankOf, scalingOf } from "./config.ts";

/**
 * LoRA (arXiv:2106.09685): y = Wx + s·BAx with A [r, I], B [O, r] and s = α/r. B starts at zero.
 * With `use_dora` (arXiv:2402.09353) the sum W + s·BA is only a direction: every output is rescaled to a learned magnitude.
 */
export const lora = layerMethod({
  type: "LORA",
  summary: "low-rank update of linear layers",
  config: LoraConfig,
  identityAtInit: true,
  params: ({ path, inFeatures: I, outFeatures: O }, config) => {
    const r = rankOf(config, path);
    return {
      "lora_A.weight": { shape: [r, I], fill: kaimingUniform },
      "lora_B.weight": { shape: [O, r], fill: zeros },
      ...(config.use_dora && {
        lora_magnitude_vector: { shape: [O], fill: (_rng, _shape, { weight }) => rowNorms(weight) },
      }),
    };
  },
  forward: (base, params, x, config, { dropout }) => {
    const [A, B] = [params["lora_A.weight"]!, params["lora_B.weight"]!];
    const s = scalingOf(config, base.path);
    const low = mul(linear(linear(dropout(x, config.lora_dropout), A), B), s); // [..., O]
    if (!params.lora_magnitude_vector) return add(base.forward(x), low);
    const scale = magnitudeScale(base.weightTensor(), A, B, s, params.lora_magnitude_vector); // [O]
    const bias = base.biasTensor();
    const y = base.forward(x);
    // The bias is not rescaled: only Wx + s·BAx is.
    return add(y, sub(mul(add(bias ? sub(y, bias) : y, low), scale), bias ? sub(y, bias) : y));
  },
  merge: ({ weight, bias, layer }, params, config) => {
    const [A, B] = [params["lora_A.weight"]!, params["lora_B.weight"]!];
    const s = scalingOf(config, layer.path);
    const sum = add(weight, mul(matmul(B, A), s)); // [O, I]
    if (!params.lora_magnitude_vector) return { weight: sum, bias };
    const scale = magnitudeScale(weight, A, B, s, params.lora_magnitude_vector);
    return { weight: mul(sum, reshape(scale, [layer.outFeatures, 1])), bias };
  },
});

/** m / ‖W + s·BA‖ by rows, [O]; the norm is a constant to gradients, as in the paper's §4.3. */
function magnitudeScale(weight: Tensor, A: Tensor, B: Tensor, s: number, magnitude: Tensor): Tensor {
  const norm = reduceL2(add(weight, mul(matmul(B, A), s)), { axes: [1], keepdims: false });
  return div(magnitude, stopGradient(norm));
}

function rowNorms({ shape, data }: TensorValue): Float32Array {
  const [O, I] = shape as [number, number];
  return Float32Array.from({ length: O }, (_, o) =>
    Math.sqrt(data.subarray(o * I, (o + 1) * I).reduce((sum, w) => sum + w * w, 0)),
  );
}
