/** Parts of a layer's tensor names: GGUF's to Hugging Face's. */
const layerParts = {
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  attn_q_norm: "self_attn.q_norm",
  attn_k_norm: "self_attn.k_norm",
  ffn_norm: "post_attention_layernorm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};

/** Gemma has norms after the sub-layers too. */
const gemmaParts = {
  ...layerParts,
  post_attention_norm: "post_attention_layernorm",
  ffn_norm: "pre_feedforward_layernorm",
  post_ffw_norm: "post_feedforward_layernorm",
};

const gpt2Parts = {
  attn_norm: "ln_1",
  attn_qkv: "attn.c_attn",
  attn_output: "attn.c_proj",
  ffn_norm: "ln_2",
  ffn_up: "mlp.c_fc",
  ffn_down: "mlp.c_proj",
};

interface Naming {
  layers: string;
  parts: Readonly<Record<string, string>>;
  top: Readonly<Record<string, string>>;
}

const llamaTop = { token_embd: "model.embed_tokens", output_norm: "model.norm", output: "lm_head" };
const llamaNaming: Naming = { layers: "model.layers", parts: layerParts, top: llamaTop };
const gemmaNaming: Naming = { layers: "model.layers", parts: gemmaParts, top: llamaTop };
const gpt2Naming: Naming = {
  layers: "transformer.h",
  parts: gpt2Parts,
  top: {
    token_embd: "transformer.wte",
    position_embd: "transformer.wpe",
    output_norm: "transformer.ln_f",
    output: "lm_head",
  },
};

const namingOf = (architecture: unknown): Naming =>
  architecture === "gpt2" ? gpt2Naming : String(architecture).startsWith("gemma3") ? gemmaNaming : llamaNaming;

/**
 * `blk.0.attn_q.weight` → `model.layers.0.self_attn.q_proj.weight`; undefined for tensors that have no counterpart.
 *
 * @param architecture GGUF's name of it, or `model_type`.
 */
export function fromGgufName(name: string, architecture: unknown): string | undefined {
  const { layers, parts, top } = namingOf(architecture);
  const [, layer, part, kind] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? [];
  if (part === undefined) return undefined;
  if (layer === undefined) return top[part] && `${top[part]}.${kind}`;
  return parts[part] && `${layers}.${layer}.${parts[part]}.${kind}`;
}

/** The other way round: `model.layers.0.self_attn.q_proj.weight` → `blk.0.attn_q.weight`. */
export function toGgufName(name: string, architecture: unknown): string | undefined {
  const { layers, parts, top } = namingOf(architecture);
  const [, path, kind] = /^(.+)\.(weight|bias)$/.exec(name) ?? [];
  if (path === undefined) return undefined;
  const keyOf = (table: Readonly<Record<string, string>>, value: string) =>
    Object.keys(table).find((key) => table[key] === value);
  if (!path.startsWith(`${layers}.`)) {
    const part = keyOf(top, path);
    return part && `${part}.${kind}`;
  }
  const [layer, ...rest] = path.slice(layers.length + 1).split(".");
  const part = keyOf(parts, rest.join("."));
  return part && `blk.${layer}.${part}.${kind}`;
}
