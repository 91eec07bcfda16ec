import { InputError } from "@loam/core";
import type { GgufFile } from "@loam/formats";
import type { ConfigJson } from "../architectures/architecture.ts";

/** The `config.json` that says what a GGUF file's metadata says. */
export function ggufConfig(file: GgufFile): ConfigJson {
  const architecture = file.metadata.get("general.architecture") as string;
  const field = (name: string) => file.metadata.get(`${architecture}.${name}`) as number | undefined;
  const needed = (name: string): number => {
    const found = field(name);
    if (typeof found === "number") return found;
    throw new InputError("bad_gguf", `${file.path}: metadata "${architecture}.${name}" is missing.`, {
      hint: "convert the model again",
    });
  };
  const vocabSize = file.tensors.get("token_embd.weight")?.shape[0];
  const common = {
    vocab_size: vocabSize,
    bos_token_id: file.metadata.get("tokenizer.ggml.bos_token_id"),
    eos_token_id: file.metadata.get("tokenizer.ggml.eos_token_id"),
    pad_token_id: file.metadata.get("tokenizer.ggml.padding_token_id"),
    tie_word_embeddings: !file.tensors.has("output.weight"),
  };
  if (architecture === "gpt2") {
    return {
      ...common,
      model_type: "gpt2",
      n_embd: needed("embedding_length"),
      n_layer: needed("block_count"),
      n_head: needed("attention.head_count"),
      n_positions: needed("context_length"),
      n_inner: needed("feed_forward_length"),
      layer_norm_epsilon: field("attention.layer_norm_epsilon"),
    };
  }
  const heads = needed("attention.head_count");
  const config: ConfigJson = {
    ...common,
    model_type: architecture === "gemma3" ? "gemma3_text" : architecture,
    hidden_size: needed("embedding_length"),
    num_hidden_layers: needed("block_count"),
    num_attention_heads: heads,
    num_key_value_heads: field("attention.head_count_kv") ?? heads,
    head_dim: field("attention.key_length") ?? needed("embedding_length") / heads,
    intermediate_size: needed("feed_forward_length"),
    max_position_embeddings: needed("context_length"),
    rms_norm_eps: field("attention.layer_norm_rms_epsilon"),
    rope_theta: field("rope.freq_base"),
    sliding_window: field("attention.sliding_window"),
  };
  const pattern = file.metadata.get(`${architecture}.attention.sliding_window_pattern`);
  if (Array.isArray(pattern))
    config.layer_types = pattern.map((isWindowed) => (isWindowed ? "sliding_attention" : "full_attention"));
  if (field("rope.freq_base_swa") !== undefined) config.rope_local_base_freq = field("rope.freq_base_swa");
  const factor = field("rope.scaling.factor");
  if (factor !== undefined && file.metadata.get(`${architecture}.rope.scaling.type`) === "linear") {
    config.rope_scaling = { rope_type: "linear", factor };
  }
  // llama.cpp turns neighbouring pairs for this architecture and permutes query and key for it; the others keep halves.
  if (architecture === "llama") config.rope_pairing = "adjacent";
  return config;
}
