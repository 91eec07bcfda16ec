import { InputError } from "@loam/core";
import type { AdapterTensors, TensorValue } from "../../layers/method.ts";
import type { LoraConfig } from "./config.ts";
import { startsFromWeights } from "./initial-pair.ts";

/** Keys of the start that is taken out of the base, beside those of the trained pair. */
export const initialA = "lora_A.initial";
export const initialB = "lora_B.initial";

/**
 * An adapter whose start was taken out of the base (PiSSA, OLoRA) as a plain LoRA on the base as it is:
 * ΔW = s(BA − B₀A₀) = s·[B | −B₀][A; A₀], of twice the rank (`subtract_mutated_init` of PEFT 0.21's `tuners/lora/model.py`, and
 * `save_pretrained` with `path_initial_model_for_weight_conversion` in `peft_model.py`). A DoRA magnitude stays what it is.
 *
 * @param tensors with the start, as training has them. Other adapters come back unchanged.
 * @throws {InputError} `no_start` when the file lacks what the adapter started from.
 */
export function plainLora(
  config: LoraConfig,
  tensors: AdapterTensors<TensorValue>,
): { config: LoraConfig; tensors: Record<string, TensorValue> } {
  if (!startsFromWeights(config)) return { config, tensors };
  const times = (factor: number, pattern: Readonly<Record<string, number>> | null | undefined) =>
    pattern && Object.fromEntries(Object.entries(pattern).map(([key, value]) => [key, factor * value]));
  const alphaFactor = config.use_rslora ? Math.SQRT2 : 2; // α/√r or α/r stays what it is
  const joined: Record<string, TensorValue> = {};
  for (const [key, tensor] of Object.entries(tensors)) {
    if (key.endsWith(initialA) || key.endsWith(initialB)) continue;
    const part = /\.(lora_[AB])\.weight$/.exec(key)?.[1];
    if (!part) joined[key] = tensor;
    else {
      const start = tensors[key.replace(/weight$/, "initial")];
      if (!start)
        throw new InputError("no_start", `The adapter has "${key}" without what it started from.`, {
          hint: "save the adapter again with its starting values, as Loam does",
        });
      joined[key] = part === "lora_A" ? stackRows(tensor, start) : joinColumns(tensor, start);
    }
  }
  return {
    config: {
      ...config,
      init_lora_weights: true,
      r: 2 * config.r,
      lora_alpha: config.lora_alpha * alphaFactor,
      rank_pattern: times(2, config.rank_pattern),
      alpha_pattern: times(alphaFactor, config.alpha_pattern),
    },
    tensors: joined,
  };
}

function stackRows({ shape: [r, I], data }: TensorValue, start: TensorValue): TensorValue {
  return { shape: [r! + start.shape[0]!, I!], data: Float32Array.from([...data, ...start.data]) };
}

/** [B | −B₀]. */
function joinColumns({ shape, data }: TensorValue, start: TensorValue): TensorValue {
  const [O, r] = shape as [number, number];
  const joined = new Float32Array(O * 2 * r);
  for (let o = 0; o < O; o++) {
    for (let k = 0; k < r; k++) {
      joined[o * 2 * r + k] = data[o * r + k]!;
      joined[o * 2 * r + r + k] = -start.data[o * r + k]!;
    }
  }
  return { shape: [O, 2 * r], data: joined };
}
