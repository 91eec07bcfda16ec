import { mul, type RopePairing, rope, ropeTables, silu, type Tensor } from "@loam/graph";
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
import { ropeInverseFrequencies } from "./rope-config.ts";

export interface LlamaConfig extends DecoderConfig {
  feedForwardSize: number;
  normEps: number;
  inverseFrequencies: readonly number[];
  /** For each layer the number of tokens it sees, itself included; undefined for all. */
  windows: readonly (number | undefined)[];
  /** How checkpoints lay rotated pairs out: "halves" at Hugging Face, "adjacent" in GGUF files and llama2.c. */
  ropePairing: RopePairing;
  /** Bias on query, key and value. */
  attentionBias: boolean;
  /** Each query and key head is normalised before it is rotated (Qwen 3). */
  headNorm: boolean;
  tiedEmbeddings: boolean;
}

/** The config fields of the Llama family; Qwen 2, Qwen 3 and Mistral differ only in what they set. */
function readLlamaConfig(json: ConfigJson, { attentionBias = false, headNorm = false } = {}): LlamaConfig {
  requireOneOf(json, "hidden_act", ["silu"], "silu");
  const layers = requiredNumber(json, "num_hidden_layers");
  const heads = requiredNumber(json, "num_attention_heads");
  const hiddenSize = requiredNumber(json, "hidden_size");
  const headDim = optionalNumber(json, "head_dim") ?? hiddenSize / heads;
  return {
    vocabSize: requiredNumber(json, "vocab_size"),
    hiddenSize,
    layers,
    heads,
    keyValueHeads: optionalNumber(json, "num_key_value_heads") ?? heads,
    headDim,
    maxPositions: optionalNumber(json, "max_position_embeddings") ?? 2048,
    feedForwardSize: requiredNumber(json, "intermediate_size"),
    normEps: optionalNumber(json, "rms_norm_eps") ?? 1e-6,
    inverseFrequencies: ropeInverseFrequencies(json, headDim),
    ropePairing: requireOneOf(json, "rope_pairing", ["halves", "adjacent"], "halves"),
    windows: Array.from({ length: layers }, (_, i) => windowOf(json, i)),
    attentionBias: attentionBias || json.attention_bias === true,
    headNorm,
    tiedEmbeddings: json.tie_word_embeddings === true,
  };
}

/** Mistral windows every layer; Qwen those that `layer_types` names, when `use_sliding_window` is on. */
function windowOf(json: ConfigJson, layer: number): number | undefined {
  const window = optionalNumber(json, "sliding_window");
  if (window === undefined || json.use_sliding_window === false) return undefined;
  const kinds = json.layer_types as string[] | undefined;
  if (kinds) return kinds[layer] === "sliding_attention" ? window : undefined;
  if (json.use_sliding_window === true)
    return layer >= (optionalNumber(json, "max_window_layers") ?? 0) ? window : undefined;
  return window;
}

/**
 * The Llama family (arXiv:2302.13971, 2307.09288, 2407.21783): pre-norm blocks of rotary grouped-query attention and a
 * SiLU-gated feed-forward network. Qwen 2 (arXiv:2407.10671) has biases, Qwen 3 (arXiv:2505.09388) normalised heads,
 * Mistral (arXiv:2310.06825) a sliding window.
 */
function llamaForward(modules: Modules, config: LlamaConfig, inputs: DecoderInputs): DecoderOutputs {
  const tables = ropeTables(inputs.positions, config.inverseFrequencies); // [B, T, D/2]
  let x = inputs.embeddings; // [B, T, C]
  const hiddenStates: Tensor[] = [x];
  const present: KeyValues[] = [];
  for (let i = 0; i < config.layers; i++) {
    const path = `model.layers.${i}`;
    x = modules.layer(x, (input) => {
      let x = input;
      const normed = modules.rmsNorm(`${path}.input_layernorm`, x, config.normEps);
      const q = rope(heads(modules, config, `${path}.self_attn.q`, normed, config.heads), tables, {
        pairing: config.ropePairing,
      }); // [B, H, T, D]
      const k = rope(heads(modules, config, `${path}.self_attn.k`, normed, config.keyValueHeads), tables, {
        pairing: config.ropePairing,
      }); // [B, Hkv, T, D]
      const v = splitHeads(modules.linear(`${path}.self_attn.v_proj`, normed), config.keyValueHeads, config.headDim);
      const { mixed, present: kept } = cachedAttention(q, k, v, {
        mask: inputs.mask,
        segments: inputs.segments,
        past: inputs.past?.[i],
        window: config.windows[i],
      });
      const attended = modules.linear(`${path}.self_attn.o_proj`, mixed); // [B, T, C]
      x = modules.residual({ path: `${path}.self_attn`, stream: x, output: attended });
      const output = gatedFeedForward(
        modules,
        `${path}.mlp`,
        modules.rmsNorm(`${path}.post_attention_layernorm`, x, config.normEps),
      );
      x = modules.residual({ path: `${path}.mlp`, stream: x, output });
      present.push(kept);
      return x;
    });
    hiddenStates.push(i === config.layers - 1 ? modules.rmsNorm("model.norm", x, config.normEps) : x);
  }
  return { hiddenStates, present };
}

/** A query or key projection as heads, normalised where the model has it: → [B, heads, T, D]. */
function heads(modules: Modules, config: LlamaConfig, path: string, x: Tensor, count: number): Tensor {
  const split = splitHeads(modules.linear(`${path}_proj`, x), count, config.headDim);
  return config.headNorm ? modules.rmsNorm(`${path}_norm`, split, config.normEps) : split;
}

/** down(silu(gate(x)) ∘ up(x)) (arXiv:2002.05202). */
function gatedFeedForward(modules: Modules, path: string, x: Tensor): Tensor {
  const gate = silu(modules.linear(`${path}.gate_proj`, x)); // [B, T, F]
  return modules.linear(`${path}.down_proj`, mul(gate, modules.linear(`${path}.up_proj`, x)));
}

/** The output layer, which is the embedding table where a checkpoint has no own. [B, T, D] → [B, T, V]. */
export function tiedLogits(modules: Modules, hidden: Tensor): Tensor {
  const weight = modules.has("lm_head.weight") ? "lm_head.weight" : "model.embed_tokens.weight";
  return modules.linear("lm_head", hidden, { weight });
}

function llamaParameters(config: LlamaConfig): Record<string, readonly number[]> {
  const { hiddenSize: C, vocabSize, headDim, feedForwardSize: F } = config;
  const [q, kv] = [config.heads * headDim, config.keyValueHeads * headDim];
  const shapes: Record<string, readonly number[]> = { "model.embed_tokens.weight": [vocabSize, C] };
  for (let i = 0; i < config.layers; i++) {
    const path = `model.layers.${i}`;
    shapes[`${path}.input_layernorm.weight`] = [C];
    for (const [name, size] of [
      ["q", q],
      ["k", kv],
      ["v", kv],
    ] as const) {
      shapes[`${path}.self_attn.${name}_proj.weight`] = [size, C];
      if (config.attentionBias) shapes[`${path}.self_attn.${name}_proj.bias`] = [size];
      if (config.headNorm && name !== "v") shapes[`${path}.self_attn.${name}_norm.weight`] = [headDim];
    }
    shapes[`${path}.self_attn.o_proj.weight`] = [C, q];
    shapes[`${path}.post_attention_layernorm.weight`] = [C];
    shapes[`${path}.mlp.gate_proj.weight`] = [F, C];
    shapes[`${path}.mlp.up_proj.weight`] = [F, C];
    shapes[`${path}.mlp.down_proj.weight`] = [C, F];
  }
  shapes["model.norm.weight"] = [C];
  if (!config.tiedEmbeddings) shapes["lm_head.weight"] = [vocabSize, C];
  return shapes;
}

const family = {
  kind: "decoder",
  embed: (modules: Modules, _: LlamaConfig, ids: Tensor) => modules.embedding("model.embed_tokens", ids),
  forward: llamaForward,
  logits: (modules: Modules, _: LlamaConfig, hidden: Tensor) => tiedLogits(modules, hidden),
  parameters: llamaParameters,
  /** Checkpoints of the bare model have no `model.` in front. */
  aliases: (name: string) => (name.startsWith("model.") ? [name.slice("model.".length)] : []),
} as const;

export const llama: DecoderArchitecture<LlamaConfig> = {
  ...family,
  modelTypes: ["llama", "mistral"],
  ggufName: "llama",
  readConfig: (json) => readLlamaConfig(json),
};

export const qwen2: DecoderArchitecture<LlamaConfig> = {
  ...family,
  modelTypes: ["qwen2"],
  ggufName: "qwen2",
  readConfig: (json) => readLlamaConfig(json, { attentionBias: true }),
};

export const qwen3: DecoderArchitecture<LlamaConfig> = {
  ...family,
  modelTypes: ["qwen3"],
  ggufName: "qwen3",
  readConfig: (json) => readLlamaConfig(json, { headNorm: true }),
};
