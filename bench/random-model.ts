import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeSafetensors } from "../packages/formats/src/index.ts";
import { architectureOf } from "../packages/models/src/index.ts";
import { type DecoderShape, smallDecoder } from "./decoder.ts";

/** Shapes of small language models that everybody knows. */
export const randomModels = {
  "llama-135m": smallDecoder,
  "qwen2.5-0.5b": {
    layers: 24,
    hidden: 896,
    intermediate: 4864,
    heads: 14,
    kvHeads: 2,
    headDim: 64,
    vocabulary: 151936,
  },
} satisfies Record<string, DecoderShape>;
export type RandomModel = keyof typeof randomModels;

/** The folder of a Llama with made-up weights; written once. */
export async function randomModel(name: RandomModel = "llama-135m"): Promise<string> {
  const folder = join(tmpdir(), "loam-bench", name);
  if (!existsSync(folder)) await writeRandomModel(folder, randomModels[name]);
  return folder;
}

async function writeRandomModel(path: string, shape: DecoderShape): Promise<void> {
  const { layers, hidden, intermediate, heads, kvHeads, headDim, vocabulary } = shape;
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
