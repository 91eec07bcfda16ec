/**
 * How much faster do 4-bit weights decode than float32 ones, how fast is a prompt read, and how much memory does it take?
 * The model has the shape of Qwen2.5-0.5B and random weights; `--layers 6` makes it smaller.
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type DecoderModel, openDecoderSession, openModel, quantizeParameters } from "@loam/models";
import { measure, report } from "./measure.ts";

const flag = process.argv.indexOf("--layers");
const layers = flag < 0 ? 24 : Number(process.argv[flag + 1]);
const config = {
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
};

const folder = join(
  process.env.LOAM_CACHE ?? join(homedir(), ".cache", "loam"),
  "bench",
  `qwen2-0.5b-${layers}-layers`,
);
const weightBytes = existsSync(join(folder, "config.json"))
  ? Number(readFileSync(join(folder, "bytes"), "utf8"))
  : writeRandomModel();
const model = (await openModel(folder)) as DecoderModel;

/** Resident bytes of this process that no other can share, and mapped file bytes. */
function resident(): { anonymous: number; file: number } {
  const status = existsSync("/proc/self/status") ? readFileSync("/proc/self/status", "utf8") : "";
  const kib = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) * 1024;
  return { anonymous: kib("RssAnon"), file: kib("RssFile") };
}

const baseline = resident();
const PROMPT = 256;
const prompt = Array.from({ length: PROMPT }, (_, i) => (i * 7919) % 150_000);
const columns = (ids: number[]) => [[ids], [ids.map(() => true)]] as const;

const float = await openDecoderSession(model, { threads: 2 });
await float.start(1).read(...columns(prompt));
const afterFloat = resident();
const parameters = await quantizeParameters(model, { format: "int4" });
const packed = await openDecoderSession(model, { threads: 2, parameters });
const states = { float: float.start(1), packed: packed.start(1) };
await states.float.read(...columns(prompt));
await states.packed.read(...columns(prompt));

const timings = await measure({
  "float32: one token": () => states.float.read(...columns([42])),
  "int4: one token": () => states.packed.read(...columns([42])),
});
const reading = await measure(
  { [`float32: a prompt of ${PROMPT}`]: () => float.start(1).read(...columns(prompt)) },
  { rounds: 3 },
);
const matrixWeights = layers * (896 * (896 + 128 + 128 + 896) + 3 * 896 * 4864);
const prefill = reading[`float32: a prompt of ${PROMPT}`]!;
const seconds = (ms: number) => ms / 1000;
report(
  `Decoding a model of Qwen2.5-0.5B's shape, ${layers} layers, 2 threads`,
  [
    { name: "float32 tokens a second", value: 1 / seconds(timings["float32: one token"].medianMs), unit: "1/s" },
    { name: "int4 tokens a second", value: 1 / seconds(timings["int4: one token"].medianMs), unit: "1/s" },
    {
      name: "int4 over float32",
      value: timings["float32: one token"].medianMs / timings["int4: one token"].medianMs,
      unit: "×",
      atLeast: 3,
    },
    {
      name: "prompt",
      value: (2 * matrixWeights * PROMPT) / seconds(prefill.medianMs) / 1e9,
      unit: "GFLOP/s",
      atLeast: 70,
    },
    {
      name: "memory over the weights' size, float32",
      value: (afterFloat.anonymous - baseline.anonymous + afterFloat.file - baseline.file) / weightBytes,
      unit: "×",
      atMost: 1.25,
    },
  ],
  { ...timings, ...reading },
);
await float.close();
await packed.close();

/** Random weights of about the size that trained ones have, written piece by piece. */
function writeRandomModel(): number {
  mkdirSync(folder, { recursive: true });
  const { hidden_size: C, intermediate_size: F, vocab_size } = config;
  const shapes: [string, number[]][] = [
    ["model.embed_tokens.weight", [vocab_size, C]],
    ["model.norm.weight", [C]],
  ];
  for (let i = 0; i < layers; i++) {
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
