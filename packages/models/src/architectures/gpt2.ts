import { add, gelu, relu, silu, split, type Tensor } from "@loam/graph";
import type { Modules } from "../modules/modules.ts";
import type {
  ConfigJson,
  DecoderArchitecture,
  DecoderConfig,
  DecoderInputs,
  DecoderOutputs,
  KeyValues,
} from "./architecture.ts";
import { cachedAttention, splitHeads } from "./cached-attention.ts";
import { optionalNumber, requiredNumber, requireOneOf } from "./config-fields.ts";

const activations = {
  gelu_new: (x: Tensor) => gelu(x, { approximate: "tanh" }),
  gelu: (x: Tensor) => gelu(x, { approximate: "none" }),
  relu,
  silu,
};

interface Gpt2Config extends DecoderConfig {
  feedForwardSize: number;
  normEps: number;
  activation: keyof typeof activations;
  /** Attention scale of each layer. */
  scales: readonly number[];
}

function readConfig(json: ConfigJson): Gpt2Config {
  const hiddenSize = requiredNumber(json, "n_embd");
  const heads = requiredNumber(json, "n_head");
  const layers = requiredNumber(json, "n_layer");
  const scale = json.scale_attn_weights === false ? 1 : (hiddenSize / heads) ** -0.5;
  return {
    vocabSize: requiredNumber(json, "vocab_size"),
    hiddenSize,
    layers,
    heads,
    keyValueHeads: heads,
    headDim: hiddenSize / heads,
    maxPositions: requiredNumber(json, "n_positions"),
    feedForwardSize: optionalNumber(json, "n_inner") ?? 4 * hiddenSize,
    normEps: optionalNumber(json, "layer_norm_epsilon") ?? 1e-5,
    activation: requireOneOf(json, "activation_function", ["gelu_new", "gelu", "relu", "silu"], "gelu_new"),
    scales: Array.from({ length: layers }, (_, i) =>
      json.scale_attn_by_inverse_layer_idx === true ? scale / (i + 1) : scale,
    ),
  };
}

function positionEmbeddings(modules: Modules, _: Gpt2Config, positions: Tensor): Tensor {
  return modules.embedding("transformer.wpe", positions);
}

/** GPT-2 (Radford et al. 2019): pre-norm blocks, learned positions, weights stored as [in, out]. */
function forward(modules: Modules, config: Gpt2Config, inputs: DecoderInputs): DecoderOutputs {
  const { hiddenSize: C, heads, headDim, normEps } = config;
  const conv1d = { layout: "in,out" } as const;
  let x = inputs.embeddings; // [B, T, C]
  const hiddenStates: Tensor[] = [x];
  const present: KeyValues[] = [];
  for (let i = 0; i < config.layers; i++) {
    const path = `transformer.h.${i}`;
    x = modules.layer(x, (input) => {
      let x = input;
      const qkv = modules.linear(`${path}.attn.c_attn`, modules.layerNorm(`${path}.ln_1`, x, normEps), conv1d); // [B, T, 3C]
      const [q, k, v] = split(qkv, { axis: 2, sizes: [C, C, C] }).map((part) => splitHeads(part, heads, headDim));
      const { mixed, present: kept } = cachedAttention(q!, k!, v!, {
        mask: inputs.mask,
        segments: inputs.segments,
        past: inputs.past?.[i],
        scale: config.scales[i],
      });
      x = modules.residual({
        path: `${path}.attn`,
        stream: x,
        output: modules.linear(`${path}.attn.c_proj`, mixed, conv1d),
      });
      const inner = modules.linear(`${path}.mlp.c_fc`, modules.layerNorm(`${path}.ln_2`, x, normEps), conv1d); // [B, T, F]
      const output = modules.linear(`${path}.mlp.c_proj`, activations[config.activation](inner), conv1d);
      x = modules.residual({ path: `${path}.mlp`, stream: x, output });
      present.push(kept);
      return x;
    });
    hiddenStates.push(i === config.layers - 1 ? modules.layerNorm("transformer.ln_f", x, normEps) : x);
  }
  return { hiddenStates, present };
}

function parameters(config: Gpt2Config): Record<string, readonly number[]> {
  const { hiddenSize: C, feedForwardSize: F } = config;
  const shapes: Record<string, readonly number[]> = {
    "transformer.wte.weight": [config.vocabSize, C],
    "transformer.wpe.weight": [config.maxPositions, C],
  };
  for (let i = 0; i < config.layers; i++) {
    const path = `transformer.h.${i}`;
    for (const name of ["ln_1", "ln_2"]) {
      shapes[`${path}.${name}.weight`] = [C];
      shapes[`${path}.${name}.bias`] = [C];
    }
    for (const [name, from, to] of [
      ["attn.c_attn", C, 3 * C],
      ["attn.c_proj", C, C],
      ["mlp.c_fc", C, F],
      ["mlp.c_proj", F, C],
    ] as const) {
      shapes[`${path}.${name}.weight`] = [from, to];
      shapes[`${path}.${name}.bias`] = [to];
    }
  }
  shapes["transformer.ln_f.weight"] = [C];
  shapes["transformer.ln_f.bias"] = [C];
  return shapes;
}

export const gpt2: DecoderArchitecture<Gpt2Config> = {
  kind: "decoder",
  modelTypes: ["gpt2"],
  ggufName: "gpt2",
  readConfig,
  embed: (modules, config, ids, positions) =>
    add(modules.embedding("transformer.wte", ids), positionEmbeddings(modules, config, positions)),
  positionEmbeddings,
  forward,
  logits: (modules, _, hidden) =>
    modules.linear("lm_head", hidden, {
      weight: modules.has("lm_head.weight") ? "lm_head.weight" : "transformer.wte.weight",
    }),
  parameters,
  aliases: (name) => (name.startsWith("transformer.") ? [name.slice("transformer.".length)] : []),
};
