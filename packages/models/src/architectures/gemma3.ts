import { add, gelu, mul, rmsNorm, rope, ropeTables, type Tensor } from "@loam/graph";
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
import { tiedLogits } from "./llama.ts";
import { ropeInverseFrequencies } from "./rope-config.ts";

interface Gemma3Config extends DecoderConfig {
  feedForwardSize: number;
  normEps: number;
  attentionScale: number;
  /** For each layer the number of tokens it sees; undefined for all. Windowed layers have frequencies of their own. */
  windows: readonly (number | undefined)[];
  globalFrequencies: readonly number[];
  localFrequencies: readonly number[];
  tiedEmbeddings: boolean;
}

function readConfig(outer: ConfigJson): Gemma3Config {
  const json = { ...outer, ...(outer.text_config as ConfigJson | undefined) }; // multimodal checkpoints nest the text model
  requireOneOf(json, "hidden_activation", ["gelu_pytorch_tanh"], "gelu_pytorch_tanh");
  for (const field of ["attn_logit_softcapping", "final_logit_softcapping"])
    requireOneOf(json, field, ["none"], "none");
  const layers = requiredNumber(json, "num_hidden_layers");
  const headDim = optionalNumber(json, "head_dim") ?? 256;
  const pattern =
    optionalNumber(json, "sliding_window_pattern") ?? optionalNumber(json, "_sliding_window_pattern") ?? 6;
  const kinds =
    (json.layer_types as string[] | undefined) ??
    Array.from({ length: layers }, (_, i) => ((i + 1) % pattern ? "sliding_attention" : "full_attention"));
  const window = requiredNumber(json, "sliding_window");
  return {
    vocabSize: requiredNumber(json, "vocab_size"),
    hiddenSize: requiredNumber(json, "hidden_size"),
    layers,
    heads: requiredNumber(json, "num_attention_heads"),
    keyValueHeads: requiredNumber(json, "num_key_value_heads"),
    headDim,
    maxPositions: optionalNumber(json, "max_position_embeddings") ?? 131_072,
    feedForwardSize: requiredNumber(json, "intermediate_size"),
    normEps: optionalNumber(json, "rms_norm_eps") ?? 1e-6,
    attentionScale: (optionalNumber(json, "query_pre_attn_scalar") ?? headDim) ** -0.5,
    windows: kinds.map((kind) => (kind === "sliding_attention" ? window : undefined)),
    globalFrequencies: ropeInverseFrequencies(json, headDim, "full_attention"),
    localFrequencies: ropeInverseFrequencies(json, headDim, "sliding_attention"),
    tiedEmbeddings: json.tie_word_embeddings !== false,
  };
}

/**
 * Gemma 3, text (arXiv:2503.19786): norms before and after each sub-layer, normalised query and key heads, most layers
 * with a sliding window and rotary frequencies of their own.
 */
function forward(modules: Modules, config: Gemma3Config, inputs: DecoderInputs): DecoderOutputs {
  const globalTables = ropeTables(inputs.positions, config.globalFrequencies); // [B, T, D/2]
  const localTables = ropeTables(inputs.positions, config.localFrequencies);
  /** Gemma stores scales minus one. */
  const norm = (path: string, x: Tensor) => rmsNorm(x, add(modules.get(`${path}.weight`), 1), { eps: config.normEps });
  let x = inputs.embeddings; // [B, T, C]
  const hiddenStates: Tensor[] = [x];
  const present: KeyValues[] = [];
  for (let i = 0; i < config.layers; i++) {
    const path = `model.layers.${i}`;
    x = modules.layer(x, (input) => {
      let x = input;
      const window = config.windows[i];
      const tables = window === undefined ? globalTables : localTables;
      const heads = (name: string, count: number, input: Tensor) =>
        splitHeads(modules.linear(`${path}.self_attn.${name}_proj`, input), count, config.headDim); // [B, count, T, D]
      const normed = norm(`${path}.input_layernorm`, x);
      const q = rope(norm(`${path}.self_attn.q_norm`, heads("q", config.heads, normed)), tables);
      const k = rope(norm(`${path}.self_attn.k_norm`, heads("k", config.keyValueHeads, normed)), tables);
      const v = heads("v", config.keyValueHeads, normed);
      const { mixed, present: kept } = cachedAttention(q, k, v, {
        mask: inputs.mask,
        segments: inputs.segments,
        past: inputs.past?.[i],
        window,
        scale: config.attentionScale,
      });
      x = modules.residual({
        path: `${path}.self_attn`,
        stream: x,
        output: modules.linear(`${path}.self_attn.o_proj`, mixed),
        outputNorm: (added, layer = i) => norm(`model.layers.${layer}.post_attention_layernorm`, added),
      });
      const inner = norm(`${path}.pre_feedforward_layernorm`, x);
      const gate = gelu(modules.linear(`${path}.mlp.gate_proj`, inner), { approximate: "tanh" }); // [B, T, F]
      const down = modules.linear(`${path}.mlp.down_proj`, mul(gate, modules.linear(`${path}.mlp.up_proj`, inner)));
      x = modules.residual({
        path: `${path}.mlp`,
        stream: x,
        output: down,
        outputNorm: (added, layer = i) => norm(`model.layers.${layer}.post_feedforward_layernorm`, added),
      });
      present.push(kept);
      return x;
    });
    hiddenStates.push(i === config.layers - 1 ? norm("model.norm", x) : x);
  }
  return { hiddenStates, present };
}

function parameters(config: Gemma3Config): Record<string, readonly number[]> {
  const { hiddenSize: C, headDim, feedForwardSize: F } = config;
  const [q, kv] = [config.heads * headDim, config.keyValueHeads * headDim];
  const shapes: Record<string, readonly number[]> = { "model.embed_tokens.weight": [config.vocabSize, C] };
  for (let i = 0; i < config.layers; i++) {
    const path = `model.layers.${i}`;
    for (const name of ["input", "post_attention", "pre_feedforward", "post_feedforward"])
      shapes[`${path}.${name}_layernorm.weight`] = [C];
    shapes[`${path}.self_attn.q_proj.weight`] = [q, C];
    shapes[`${path}.self_attn.k_proj.weight`] = [kv, C];
    shapes[`${path}.self_attn.v_proj.weight`] = [kv, C];
    shapes[`${path}.self_attn.o_proj.weight`] = [C, q];
    shapes[`${path}.self_attn.q_norm.weight`] = [headDim];
    shapes[`${path}.self_attn.k_norm.weight`] = [headDim];
    shapes[`${path}.mlp.gate_proj.weight`] = [F, C];
    shapes[`${path}.mlp.up_proj.weight`] = [F, C];
    shapes[`${path}.mlp.down_proj.weight`] = [C, F];
  }
  shapes["model.norm.weight"] = [C];
  if (!config.tiedEmbeddings) shapes["lm_head.weight"] = [config.vocabSize, C];
  return shapes;
}

export const gemma3: DecoderArchitecture<Gemma3Config> = {
  kind: "decoder",
  modelTypes: ["gemma3_text", "gemma3"],
  ggufName: "gemma3",
  readConfig,
  embed: (modules, config, ids) => mul(modules.embedding("model.embed_tokens", ids), Math.sqrt(config.hiddenSize)),
  forward,
  logits: (modules, _, hidden) => tiedLogits(modules, hidden),
  parameters,
  aliases: (name) => {
    const bare = name.replace(/^model\./, "");
    return [`language_model.model.${bare}`, `model.language_model.${bare}`, `language_model.${name}`, bare];
  },
};
