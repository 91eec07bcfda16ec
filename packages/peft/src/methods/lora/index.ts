import { UnsupportedError } from "@loam/core";
import { add, linear, matmul, mul, reshape, sub, type Tensor } from "@loam/graph";
import { layerMethod } from "../../layers/layer-method.ts";
import type { TensorValue } from "../../layers/method.ts";
import { zeros } from "../../numbers/initial.ts";
import { checkLora, LoraConfig, rankOf, scalingOf } from "./config.ts";
import { loraEmbedding } from "./embedding.ts";
import { initialPair, type LoraPair, startsFromWeights } from "./initial-pair.ts";
import { magnitudeScale } from "./magnitude.ts";
import { initialA, initialB, plainLora } from "./plain-lora.ts";

type Params = Readonly<Record<string, Tensor>>;

/**
 * LoRA (arXiv:2106.09685): y = Wx + s·BAx with A [r, I], B [O, r] and s = α/r; how they start is `init_lora_weights`.
 * With `use_dora` (arXiv:2402.09353) the sum W + s·BA is only a direction: every output is rescaled to a learned magnitude.
 * Where the start is a part of W (PiSSA, OLoRA), A₀ and B₀ stay beside A and B, and W − s·B₀A₀ takes the place of W; the file
 * holds A and B only, as PEFT's does, but for `pissa_niter_N`, which becomes a plain LoRA of twice the rank.
 */
export const lora = layerMethod({
  type: "LORA",
  summary: "low-rank update of linear layers",
  config: LoraConfig,
  check: checkLora,
  identityAtInit: true,
  params: ({ path, inFeatures: I, outFeatures: O }, config) => {
    const r = rankOf(config, path);
    // Fresh pairs come from one decomposition of W, which A and B and the start all share.
    let pair: LoraPair | undefined;
    const part =
      (of: keyof LoraPair) =>
      (rng: Parameters<typeof zeros>[0], _: unknown, { weight }: { weight: TensorValue }) => {
        pair ??= initialPair(config, path, weight, rng);
        return pair[of].slice();
      };
    return {
      "lora_A.weight": { shape: [r, I], fill: part("A") },
      "lora_B.weight": { shape: [O, r], fill: part("B") },
      ...(config.lora_bias && { "lora_B.bias": { shape: [O], fill: zeros } }),
      ...(startsFromWeights(config) && {
        [initialA]: { shape: [r, I], fill: part("A"), inFile: false },
        [initialB]: { shape: [O, r], fill: part("B"), inFile: false },
      }),
      ...(config.use_dora && {
        lora_magnitude_vector: { shape: [O], fill: (_rng, _shape, { weight }) => rowNorms(weight) },
      }),
    };
  },
  forward: (base, params, x, config, { dropout }) => {
    const [A, B] = [params["lora_A.weight"]!, params["lora_B.weight"]!];
    const s = scalingOf(config, base.path);
    const low = mul(linear(linear(dropout(x, config.lora_dropout), A), B, params["lora_B.bias"]), s); // [..., O]
    const y = params[initialA]
      ? sub(base.forward(x), mul(linear(linear(x, params[initialA]), params[initialB]!), s))
      : base.forward(x);
    if (!params.lora_magnitude_vector) return add(y, low);
    const scale = magnitudeScale(residual(base.weightTensor(), params, s), A, B, s, params.lora_magnitude_vector); // [O]
    const bias = base.biasTensor();
    // The bias is not rescaled: only Wx + s·BAx is.
    return add(y, sub(mul(add(bias ? sub(y, bias) : y, low), scale), bias ? sub(y, bias) : y));
  },
  merge: ({ weight: whole, bias, layer }, params, config) => {
    const [A, B] = [params["lora_A.weight"]!, params["lora_B.weight"]!];
    const s = scalingOf(config, layer.path);
    const weight = residual(whole, params, s);
    const sum = add(weight, mul(matmul(B, A), s)); // [O, I]
    const ownBias = params["lora_B.bias"];
    if (ownBias && !bias) {
      throw new UnsupportedError(`The adapter has a bias for ${layer.path}, which has none in the base.`, {
        hint: "keep the adapter beside the base model",
      });
    }
    const mergedBias = ownBias ? add(bias!, mul(ownBias, s)) : bias;
    if (!params.lora_magnitude_vector) return { weight: sum, bias: mergedBias };
    const scale = magnitudeScale(weight, A, B, s, params.lora_magnitude_vector);
    return { weight: mul(sum, reshape(scale, [layer.outFeatures, 1])), bias };
  },
  embedding: loraEmbedding,
  more: {
    isFrozen: isStart,
    async toFile(_base, config, tensors) {
      // Chance chose this start, and PEFT would draw another one: only the sum of both is what was trained.
      if (isChosenByChance(config) && Object.keys(tensors).some(isStart)) return plainLora(config, tensors);
      const kept = Object.entries(tensors).filter(([key]) => !isStart(key));
      if (kept.length === Object.keys(tensors).length) return { config, tensors };
      return { config, tensors: Object.fromEntries(kept), trained: tensors };
    },
  },
  derive: (config, key) => {
    if (isChosenByChance(config)) {
      throw new UnsupportedError(
        `What "${key}" started from was found by chance, and the adapter's folder does not hold it.`,
        {
          hint: "in PEFT, save with path_initial_model_for_weight_conversion; here, keep trained_tensors.safetensors",
        },
      );
    }
  },
});

const isChosenByChance = ({ init_lora_weights }: LoraConfig): boolean =>
  String(init_lora_weights).startsWith("pissa_niter_");

function isStart(key: string): boolean {
  return key.endsWith(initialA) || key.endsWith(initialB);
}

/** W without the part that training started from. */
function residual(weight: Tensor, params: Params, s: number): Tensor {
  const [A, B] = [params[initialA], params[initialB]];
  return A && B ? sub(weight, mul(matmul(B, A), s)) : weight;
}

function rowNorms({ shape, data }: TensorValue): Float32Array {
  const [O, I] = shape as [number, number];
  return Float32Array.from({ length: O }, (_, o) =>
    Math.sqrt(data.subarray(o * I, (o + 1) * I).reduce((sum, w) => sum + w * w, 0)),
  );
}
