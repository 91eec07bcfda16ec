import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Qwen2.5-0.5B, with as many layers as are wanted. */
export const qwen2Config = ({ layers }: { layers: number }) => ({
  model_type: "qwen2",
  vocab_size: 151_936,
  hidden_size: 896,
  intermediate_size: 4864,
  num_hidden_layers: layers,
  num_attention_heads: 14,
  num_key_value_heads: 2,
  max_position_embeddings: 32_768,
  rms_norm_eps: 1e-6,
  rope_theta: 1e6,
  tie_word_embeddings: true,
  use_sliding_window: false,
});

/** A folder with a model of Qwen2.5-0.5B's shape and random weights, written at its first use. */
export function randomQwen2({ layers }: { layers: number }): { folder: string; weightBytes: number } {
  const config = qwen2Config({ layers });
  const folder = join(
    process.env.LOAM_CACHE ?? join(homedir(), ".cache", "loam"),
    "bench",
    `qwen2-0.5b-${layers}-layers`,
  );
  const weightBytes = existsSync(join(folder, "config.json"))
    ? Number(readFileSync(join(folder, "bytes"), "utf8"))
    : writeRandomModel(folder, config);
  return { folder, weightBytes };
}

/** Resident bytes of this process that no other can share, and mapped file bytes. */
export function resident(): { anonymous: number; file: number } {
  const status = existsSync("/proc/self/status") ? readFileSync("/proc/self/status", "utf8") : "";
  const kib = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) * 1024;
  return { anonymous: kib("RssAnon"), file: kib("RssFile") };
}

/** Random weights of about the size that trained ones have, written piece by piece. */
function writeRandomModel(
  folder: string,
  config: Record<string, unknown> & {
    hidden_size: number;
    intermediate_size: number;
    vocab_size: number;
    num_hidden_layers: number;
  },
): number {
  mkdirSync(folder, { recursive: true });
  const { hidden_size: C, intermediate_size: F, vocab_size } = config;
  const shapes: [string, number[]][] = [
    ["model.embed_tokens.weight", [vocab_size, C]],
    ["model.norm.weight", [C]],
  ];
  for (let i = 0; i < config.num_hidden_layers; i++) {
    const path = `model.layers.${i}`;
    shapes.push([`${path}.input_layernorm.weight`, [C]], [`${path}.post_attention_layernorm.weight`, [C]]);
    for (const [name, size] of [
      ["q", C],
      ["k", 128],
      ["v", 128],
    ] as const) {
      shapes.push(
        [`${path}.self_attn.${name}_proj.weight`, [size, C]],
        [`${path}.self_attn.${name}_proj.bias`, [size]],
      );
    }
    shapes.push([`${path}.self_attn.o_proj.weight`, [C, C]]);
    shapes.push(
      [`${path}.mlp.gate_proj.weight`, [F, C]],
      [`${path}.mlp.up_proj.weight`, [F, C]],
      [`${path}.mlp.down_proj.weight`, [C, F]],
    );
  }
  const header: Record<string, unknown> = {};
  let offset = 0;
  for (const [name, shape] of shapes) {
    const size = 4 * shape.reduce((a, b) => a * b, 1);
    header[name] = { dtype: "F32", shape, data_offsets: [offset, (offset += size)] };
  }
  const json = Buffer.from(JSON.stringify(header).padEnd(Math.ceil(JSON.stringify(header).length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const file = openSync(join(folder, "model.safetensors"), "w");
  writeSync(file, length);
  writeSync(file, json);
  // One megabyte of numbers, written over and over, each time from another place.
  const noise = Float32Array.from({ length: 1 << 18 }, (_, i) => 0.03 * Math.sin(i * 12.9898 + (i >> 5)));
  for (let done = 0; done < offset; ) {
    const part = noise.subarray((done / 4) % 1009);
    const bytes = Buffer.from(part.buffer, part.byteOffset, Math.min(part.byteLength, offset - done));
    done += writeSync(file, bytes);
  }
  closeSync(file);
  writeFileSync(join(folder, "bytes"), String(offset));
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  return offset;
}
