import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeSafetensors } from "../packages/core/src/index.ts";
import { architectureOf } from "../packages/models/src/index.ts";
import { smallDecoder } from "./decoder.ts";

/** The folder of a 30-layer Llama with 135 million made-up weights; written once. */
export async function randomModel(): Promise<string> {
  const folder = join(tmpdir(), "loam-bench", "llama-135m");
  if (!existsSync(folder)) await writeRandomModel(folder);
  return folder;
}

async function writeRandomModel(path: string): Promise<void> {
  const { layers, hidden, intermediate, heads, kvHeads, headDim, vocabulary } = smallDecoder;
  const json = {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    hidden_act: "silu",
    hidden_size: hidden,
    intermediate_size: intermediate,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
    head_dim: headDim,
    vocab_size: vocabulary,
    max_position_embeddings: 2048,
    rms_norm_eps: 1e-5,
    rope_theta: 10_000,
    tie_word_embeddings: true,
  };
  const architecture = architectureOf(json);
  const part = `${path}.part`;
  mkdirSync(part, { recursive: true });
  writeFileSync(join(part, "config.json"), JSON.stringify(json));
  const shapes = Object.entries(architecture.parameters(architecture.readConfig(json) as never));
  await writeSafetensors(
    join(part, "model.safetensors"),
    shapes.map(([name, shape], n) => {
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
      for (let i = 0; i < data.length; i++) data[i] = name.includes("norm") ? 1 : Math.sin(i * 7.1 + n) / 24;
      return [name, { dtype: "F32", shape, data }];
    }),
  );
  renameSync(part, path);
}
