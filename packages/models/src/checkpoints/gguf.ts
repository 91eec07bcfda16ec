import { GgufFile, type GgufTensor, type GgufValue, InputError } from "@loam/core";
import type { ConfigJson } from "../architectures/architecture.ts";
import { architectures } from "../architectures/table.ts";
import type { CheckpointTensor } from "./checkpoint.ts";
import { ggufConfig } from "./gguf-config.ts";
import { convertedFile } from "./gguf-convert.ts";
import type { OpenedCheckpoint } from "./open.ts";

/**
 * A GGUF file of an architecture Loam knows. Float tensors are mapped where they are; quantised ones are written once
 * as float32 to the cache folder and mapped from there.
 *
 * @throws {InputError} for a broken file or an architecture that is not known.
 */
export async function openGgufCheckpoint(path: string): Promise<OpenedCheckpoint> {
  const file = await GgufFile.open(path);
  try {
    const name = file.metadata.get("general.architecture");
    const architecture = architectures.find((a) => a.kind === "decoder" && a.ggufName === name);
    if (!architecture) {
      const known = architectures.flatMap((a) => (a.kind === "decoder" && a.ggufName ? [a.ggufName] : []));
      throw new InputError(
        "unknown_architecture",
        `${path} is a ${JSON.stringify(name)} model; Loam reads ${known.join(", ")} from GGUF.`,
      );
    }
    const config = ggufConfig(file);
    // Llama 3 stores by how much each frequency is divided instead of the rule behind it.
    if (file.tensors.has("rope_freqs.weight")) {
      config.rope_scaling = { rope_type: "factors", factors: [...(await file.readFloat32("rope_freqs.weight"))] };
    }
    const tensors = new Map<string, CheckpointTensor>();
    const packed = new Map<string, GgufTensor>();
    for (const tensor of file.tensors.values()) {
      const target = huggingFaceName(tensor.name, config);
      if (!target) continue; // rope tables and the like are recomputed
      const dtype = ({ F32: "float32", F16: "float16", BF16: "bfloat16" } as const)[tensor.type as "F32"];
      const needsWork = !dtype || mustChange(target, config);
      if (needsWork) packed.set(target, tensor);
      else {
        tensors.set(target, {
          dtype,
          shape: tensor.shape,
          source: { file: path, offsetBytes: tensor.offset, lengthBytes: tensor.sizeBytes },
        });
      }
    }
    for (const [target, tensor] of await convertedFile(file, packed, (name, values, shape) =>
      adapt(name, values, shape, config),
    )) {
      tensors.set(target, tensor);
    }
    return { path, format: "gguf", config, tensors, ggufMetadata: file.metadata as Map<string, GgufValue> };
  } finally {
    await file.close();
  }
}

const layerNames: Record<string, string> = {
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
const gemmaNames: Record<string, string> = {
  ...layerNames,
  post_attention_norm: "post_attention_layernorm",
  ffn_norm: "pre_feedforward_layernorm",
  post_ffw_norm: "post_feedforward_layernorm",
};

const gpt2Names: Record<string, string> = {
  attn_norm: "ln_1",
  attn_qkv: "attn.c_attn",
  attn_output: "attn.c_proj",
  ffn_norm: "ln_2",
  ffn_up: "mlp.c_fc",
  ffn_down: "mlp.c_proj",
};

/** `blk.0.attn_q.weight` → `model.layers.0.self_attn.q_proj.weight`; undefined for tensors that are not needed. */
function huggingFaceName(name: string, config: ConfigJson): string | undefined {
  const isGpt2 = config.model_type === "gpt2";
  const top: Record<string, string> = isGpt2
    ? {
        token_embd: "transformer.wte",
        position_embd: "transformer.wpe",
        output_norm: "transformer.ln_f",
        output: "lm_head",
      }
    : { token_embd: "model.embed_tokens", output_norm: "model.norm", output: "lm_head" };
  const [, layer, part, kind] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? [];
  if (part === undefined) return undefined;
  if (layer === undefined) return top[part] && `${top[part]}.${kind}`;
  const names = isGpt2 ? gpt2Names : config.model_type === "gemma3_text" ? gemmaNames : layerNames;
  const target = names[part];
  return target && `${isGpt2 ? "transformer.h" : "model.layers"}.${layer}.${target}.${kind}`;
}

const isGemmaNorm = (name: string, config: ConfigJson) =>
  config.model_type === "gemma3_text" && /norm\.weight$/.test(name);
const isConv1d = (name: string, config: ConfigJson) =>
  config.model_type === "gpt2" && /\.(attn|mlp)\.c_\w+\.weight$/.test(name);

/** True where GGUF stores something else than Hugging Face does. */
const mustChange = (name: string, config: ConfigJson): boolean => isGemmaNorm(name, config) || isConv1d(name, config);

/** GGUF adds the 1 to Gemma's norms and keeps all matrices as [out, in]. */
function adapt(
  name: string,
  values: Float32Array,
  shape: readonly number[],
  config: ConfigJson,
): { values: Float32Array; shape: readonly number[] } {
  if (isGemmaNorm(name, config)) return { values: values.map((x) => x - 1), shape };
  if (!isConv1d(name, config)) return { values, shape };
  const [rows, columns] = shape as [number, number];
  const transposed = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) transposed[column * rows + row] = values[row * columns + column]!;
  }
  return { values: transposed, shape: [columns, rows] };
}
