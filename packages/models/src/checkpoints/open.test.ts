import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSafetensors, writeSafetensors } from "@loam/formats";
import { floats } from "@loam/graph";
import { describe, expect, test } from "vitest";
import { ownQwen2 } from "../../test/golden.ts";
import { relativeError } from "../../test/tensors.ts";
import { TextGenerator } from "../generation/generate.ts";
import { forward } from "../model/forward.ts";
import { type DecoderModel, openModel } from "../model/model.ts";
import { findNonFinite } from "./checkpoint.ts";

const qwen2 = ownQwen2;
const inputs = { inputIds: [[5, 17, 99, 301, 42, 7]] };

function copy(): string {
  const folder = mkdtempSync(join(tmpdir(), "loam-checkpoint-"));
  for (const file of ["config.json", "model.safetensors"]) cpSync(join(qwen2, file), join(folder, file), { mode: 0 });
  writeFileSync(join(folder, "model.safetensors"), readFileSync(join(qwen2, "model.safetensors")));
  return folder;
}

/** The same model with its tensors changed. */
async function changed(
  change: (tensors: Awaited<ReturnType<typeof readSafetensors>>["tensors"]) => void,
): Promise<string> {
  const folder = copy();
  const { tensors } = await readSafetensors(join(qwen2, "model.safetensors"));
  change(tensors);
  await writeSafetensors(join(folder, "model.safetensors"), tensors);
  return folder;
}

/** A GGUF file with the tensors of the golden Qwen 2, each written by `pack`. */
async function asGguf(
  pack: (values: Float32Array, shape: readonly number[]) => { type: number; bytes: Buffer },
): Promise<string> {
  const config = JSON.parse(readFileSync(join(qwen2, "config.json"), "utf8"));
  const { tensors } = await readSafetensors(join(qwen2, "model.safetensors"));
  const u32 = (x: number) => Buffer.from(Uint32Array.of(x).buffer);
  const u64 = (x: number) => Buffer.from(BigUint64Array.of(BigInt(x)).buffer);
  const text = (x: string) => Buffer.concat([u64(Buffer.byteLength(x)), Buffer.from(x)]);
  const metadata: Buffer[] = [];
  const number = (key: string, x: number, type = 4) =>
    metadata.push(text(`qwen2.${key}`), u32(type), type === 6 ? Buffer.from(Float32Array.of(x).buffer) : u32(x));
  metadata.push(text("general.architecture"), u32(8), text("qwen2"));
  number("embedding_length", config.hidden_size);
  number("block_count", config.num_hidden_layers);
  number("attention.head_count", config.num_attention_heads);
  number("attention.head_count_kv", config.num_key_value_heads);
  number("feed_forward_length", config.intermediate_size);
  number("context_length", config.max_position_embeddings);
  number("attention.layer_norm_rms_epsilon", config.rms_norm_eps, 6);
  number("rope.freq_base", config.rope_theta, 6);
  const short: Record<string, string> = {
    input_layernorm: "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    post_attention_layernorm: "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
  };
  const infos: Buffer[] = [];
  const data: Buffer[] = [];
  let offset = 0;
  for (const [name, { shape, data: values }] of tensors) {
    const [, layer, module, kind] = /^model\.layers\.(\d+)\.(.+)\.(weight|bias)$/.exec(name) ?? [];
    const target =
      layer === undefined
        ? name.includes("embed_tokens")
          ? "token_embd.weight"
          : "output_norm.weight"
        : `blk.${layer}.${short[module!]}.${kind}`;
    const { type, bytes } =
      shape.length === 2
        ? pack(values as Float32Array, shape)
        : { type: 0, bytes: Buffer.from((values as Float32Array).slice().buffer) };
    infos.push(text(target), u32(shape.length), ...[...shape].reverse().map(u64), u32(type), u64(offset));
    const padded = Buffer.concat([bytes, Buffer.alloc((32 - (bytes.length % 32)) % 32)]);
    data.push(padded);
    offset += padded.length;
  }
  const head = Buffer.concat([Buffer.from("GGUF"), u32(3), u64(tensors.size), u64(9), ...metadata, ...infos]);
  const path = join(mkdtempSync(join(tmpdir(), "loam-gguf-")), "model.gguf");
  writeFileSync(path, Buffer.concat([head, Buffer.alloc((32 - (head.length % 32)) % 32), ...data]));
  return path;
}

describe("checkpoints", () => {
  test("a GGUF file gives the logits of the Hugging Face folder it was made from, 8-bit weights nearly so", async () => {
    const expected = floats((await forward(await openModel(qwen2), inputs)).logits!);
    const float = await openModel(await asGguf((values) => ({ type: 0, bytes: Buffer.from(values.slice().buffer) })));
    expect(relativeError(floats((await forward(float, inputs)).logits!), expected, [true], 1)).toBeLessThan(1e-5);
    const q8 = await asGguf((values) => {
      const blocks: Buffer[] = [];
      for (let at = 0; at < values.length; at += 32) {
        const block = values.subarray(at, at + 32);
        const exponent = Math.ceil(Math.log2(Math.max(...block.map(Math.abs)) / 127)); // the scale as a power of two, exact in f16
        blocks.push(
          Buffer.from(Uint16Array.of((exponent + 15) << 10).buffer),
          Buffer.from(Int8Array.from(block, (x) => Math.round(x / 2 ** exponent)).buffer),
        );
      }
      return { type: 8, bytes: Buffer.concat(blocks) };
    });
    const error = relativeError(floats((await forward(await openModel(q8), inputs)).logits!), expected, [true], 1);
    expect(error).toBeGreaterThan(1e-5);
    expect(error).toBeLessThan(0.05);
  });

  test("a wrong shape names the tensor, what was expected and what was found", async () => {
    const folder = await changed((tensors) => {
      tensors.set("model.norm.weight", { dtype: "F32", shape: [63], data: new Float32Array(63) });
    });
    await expect(openModel(folder)).rejects.toThrow(
      'tensor "model.norm.weight" has shape [63]; the config asks for [64]',
    );
  });

  test("missing tensors are listed, a wrong dtype is named", async () => {
    const without = await changed((tensors) => {
      for (const name of [...tensors.keys()]) if (name.startsWith("model.layers.1.mlp")) tensors.delete(name);
    });
    await expect(openModel(without)).rejects.toThrow(
      'no tensor "model.layers.1.mlp.gate_proj.weight", "model.layers.1.mlp.up_proj.weight", "model.layers.1.mlp.down_proj.weight".',
    );
    const integers = await changed((tensors) => {
      tensors.set("model.norm.weight", { dtype: "I32", shape: [64], data: new Int32Array(64) });
    });
    await expect(openModel(integers)).rejects.toThrow(
      'tensor "model.norm.weight" has dtype I32; expected F32, F16 or BF16',
    );
  });

  test("a truncated file names the first tensor that is cut", async () => {
    const folder = copy();
    truncateSync(join(folder, "model.safetensors"), 300_000);
    await expect(openModel(folder)).rejects.toThrow(
      /tensor "model\.layers\.[\w.]+" \(F32 \[\d+(,\d+)?\]\) ends at byte \d+, but the file has 300000/,
    );
  });

  test("a shard that is missing and an index that lies are named", async () => {
    const folder = copy();
    rmSync(join(folder, "model.safetensors"));
    await expect(openModel(folder)).rejects.toMatchObject({ code: "not_found" });
    writeFileSync(join(folder, "model.safetensors"), readFileSync(join(qwen2, "model.safetensors")));
    writeFileSync(
      join(folder, "model.safetensors.index.json"),
      JSON.stringify({ weight_map: { "model.extra.weight": "model.safetensors" } }),
    );
    await expect(openModel(folder)).rejects.toThrow(
      'the index says model.safetensors holds tensor "model.extra.weight", but it does not',
    );
  });

  test("an unknown architecture lists the known ones; a misspelt one is recognised", async () => {
    const folder = copy();
    const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
    writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, model_type: "mamba" }));
    await expect(openModel(folder)).rejects.toThrow(
      '`model_type` is "mamba"; Loam runs llama, mistral, qwen2, qwen3, gemma3_text, gemma3, gpt2, bert, roberta',
    );
    writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, hidden_size: "64" }));
    await expect(openModel(folder)).rejects.toThrow('`hidden_size` is "64"; expected a whole number');
  });

  test("a NaN is found by tensor and place", async () => {
    const folder = await changed((tensors) => {
      (tensors.get("model.norm.weight")!.data as Float32Array)[7] = Number.NaN;
    });
    const { checkpoint } = await openModel(folder);
    expect(await findNonFinite(checkpoint)).toEqual({ tensor: "model.norm.weight", index: 7, value: Number.NaN });
    const generator = await TextGenerator.open((await openModel(folder)) as DecoderModel);
    await expect(generator.generate([[1, 2]], { maxNewTokens: 1 })).rejects.toThrow(
      'gave NaN for a next token: tensor "model.norm.weight" holds NaN at 7.',
    );
    await generator.close();
  });

  test("llama2.c files of both versions open; a cut one names the tensor with both lengths, an unknown version is refused", async () => {
    const sizes = [8, 16, 1, 2, 1, 12, 10]; // dim, hidden, layers, heads, key heads, vocabulary, context
    const numbers = 12 * 8 + 8 + 8 * 8 + 2 * 4 * 8 + 8 * 8 + 8 + 3 * 16 * 8 + 8;
    const folder = copy();
    const write = (name: string, ...parts: Buffer[]) => {
      writeFileSync(join(folder, name), Buffer.concat(parts));
      return join(folder, name);
    };
    const floats32 = (n: number) => Buffer.from(new Float32Array(n).fill(0.1).buffer);
    const header = Buffer.from(Int32Array.from(sizes).buffer);
    const v0 = write("v0.bin", header, floats32(numbers + 2 * 10 * 2));
    expect((await openModel(v0)).config).toMatchObject({
      layers: 1,
      heads: 2,
      keyValueHeads: 1,
      vocabSize: 12,
      maxPositions: 10,
    });
    const v1Header = Buffer.alloc(256);
    v1Header.writeUInt32LE(0x616b3432, 0);
    v1Header.writeInt32LE(1, 4);
    header.copy(v1Header, 8);
    v1Header.writeUInt8(1, 36);
    expect((await openModel(write("v1.bin", v1Header, floats32(numbers)))).config.vocabSize).toBe(12);
    await expect(openModel(write("cut.bin", v1Header, floats32(numbers - 1)))).rejects.toThrow(
      `tensor "model.layers.0.mlp.up_proj.weight" [16,8] ends at byte ${256 + 4 * numbers}, but the file has ${252 + 4 * numbers}; it is truncated`,
    );
    v1Header.writeInt32LE(2, 4);
    await expect(openModel(write("v2.bin", v1Header))).rejects.toThrow(
      "version 2 of the llama2.c format is not read; expected 0 or 1",
    );
  });

  test("a file of another kind and a path that is not there are refused", async () => {
    const folder = copy();
    writeFileSync(join(folder, "weights.pt"), "x");
    await expect(openModel(join(folder, "weights.pt"))).rejects.toMatchObject({ code: "unknown_format" });
    writeFileSync(join(folder, "weights.bin"), Buffer.alloc(300, 1));
    await expect(openModel(join(folder, "weights.bin"))).rejects.toMatchObject({ code: "bad_llama2c" });
  });

  test("ids outside the vocabulary, ragged rows and texts beyond the context are refused", async () => {
    const model = await openModel(qwen2);
    await expect(forward(model, { inputIds: [[1, 320]] })).rejects.toThrow(
      "`inputIds[0][1]` is 320; expected an id from 0 to 319",
    );
    await expect(forward(model, { inputIds: [[1, 2], [3]] })).rejects.toThrow("row 1 of 1; expected rows of 2");
    await expect(forward(model, { inputIds: [new Array(260).fill(1)] })).rejects.toThrow(/at most 256.*Cut 4 tokens/);
  });
});
