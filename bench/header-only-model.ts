import { existsSync } from "node:fs";
import { copyFile, mkdir, open, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { architectureOf } from "../packages/models/src/index.ts";

const config = {
  architectures: ["Qwen2ForCausalLM"],
  model_type: "qwen2",
  hidden_act: "silu",
  vocab_size: 151_936,
  hidden_size: 896,
  intermediate_size: 4864,
  num_hidden_layers: 24,
  num_attention_heads: 14,
  num_key_value_heads: 2,
  max_position_embeddings: 32_768,
  rms_norm_eps: 1e-6,
  rope_theta: 1e6,
  tie_word_embeddings: true,
  use_sliding_window: false,
  eos_token_id: 256,
};

/**
 * A folder of Qwen2.5-0.5B's shape whose weights are a hole in the file: it takes no disk, and reads as zeros.
 *
 * @param tokenizer folder to take the tokenizer from
 */
export async function qwenShape(folder: string, { tokenizer }: { tokenizer: string }): Promise<string> {
  if (existsSync(folder)) return folder;
  const part = `${folder}.part`;
  await mkdir(part, { recursive: true });
  const architecture = architectureOf(config);
  let offset = 0;
  const header: Record<string, unknown> = {};
  for (const [name, shape] of Object.entries(architecture.parameters(architecture.readConfig(config) as never))) {
    const size = 4 * shape.reduce((a, b) => a * b, 1);
    header[name] = { dtype: "F32", shape, data_offsets: [offset, (offset += size)] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const file = await open(join(part, "model.safetensors"), "w");
  await file.write(Buffer.concat([length, json]));
  await file.truncate(8 + json.length + offset);
  await file.close();
  await writeFile(join(part, "config.json"), JSON.stringify(config));
  for (const name of ["tokenizer.json", "tokenizer_config.json"])
    await copyFile(join(tokenizer, name), join(part, name));
  await rename(part, folder);
  return folder;
}
