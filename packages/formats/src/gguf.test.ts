import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GgufFile } from "./gguf.ts";

const folder = await mkdtemp(join(tmpdir(), "loam-gguf-"));
let files = 0;

/** Builds GGUF bytes by hand, field by field. */
class Writer {
  readonly parts: Buffer[] = [];
  raw(bytes: Uint8Array | string): this {
    this.parts.push(Buffer.from(bytes as string));
    return this;
  }
  u32(value: number): this {
    const b = Buffer.alloc(4);
    b.writeUInt32LE(value);
    return this.raw(b);
  }
  u64(value: number): this {
    const b = Buffer.alloc(8);
    b.writeBigUInt64LE(BigInt(value));
    return this.raw(b);
  }
  string(text: string): this {
    return this.u64(Buffer.byteLength(text)).raw(text);
  }
  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }
}

async function save(bytes: Uint8Array): Promise<string> {
  const path = join(folder, `${files++}.gguf`);
  await writeFile(path, bytes);
  return path;
}

/** A file with one tensor `w` of `shape` (outermost first). */
function oneTensor(type: number, shape: number[], data: Uint8Array): Buffer {
  const head = new Writer().raw("GGUF").u32(3).u64(1).u64(3);
  head.string("general.architecture").u32(8).string("llama");
  head.string("llama.block_count").u32(4).u32(2);
  head.string("tokenizer.ggml.tokens").u32(9).u32(8).u64(2).string("<s>").string("图");
  head.string("w").u32(shape.length);
  for (const size of [...shape].reverse()) head.u64(size);
  const header = head.u32(type).u64(0).bytes();
  return Buffer.concat([header, Buffer.alloc((32 - (header.length % 32)) % 32), data]);
}

async function readW(bytes: Uint8Array): Promise<number[]> {
  const file = await GgufFile.open(await save(bytes));
  const values = [...(await file.readFloat32("w"))];
  await file.close();
  return values;
}

/** f16 1.0 and 0.5, little-endian. */
const ONE = [0x00, 0x3c];
const HALF = [0x00, 0x38];

describe("gguf", () => {
  test("metadata and shapes come in the order of the Hugging Face checkpoint", async () => {
    const file = await GgufFile.open(
      await save(oneTensor(0, [2, 3], new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer))),
    );
    expect(file.metadata.get("llama.block_count")).toBe(2);
    expect(file.metadata.get("tokenizer.ggml.tokens")).toEqual(["<s>", "图"]);
    expect(file.tensors.get("w")).toMatchObject({ type: "F32", shape: [2, 3] });
    expect([...(await file.readFloat32("w"))]).toEqual([1, 2, 3, 4, 5, 6]);
    await expect(file.readFloat32("v")).rejects.toMatchObject({ code: "not_found" });
    await file.close();
  });

  test("Q8_0 multiplies signed bytes by the block's scale", async () => {
    const data = Uint8Array.of(...HALF, ...Array.from({ length: 32 }, (_, i) => (i - 16) & 255));
    expect(await readW(oneTensor(8, [32], data))).toEqual(Array.from({ length: 32 }, (_, i) => (i - 16) / 2));
  });

  test("Q4_0 has its first 16 values in the low nibbles", async () => {
    const data = Uint8Array.of(...ONE, ...Array.from({ length: 16 }, (_, i) => i | ((15 - i) << 4)));
    expect(await readW(oneTensor(2, [32], data))).toEqual(
      Array.from({ length: 32 }, (_, i) => (i < 16 ? i - 8 : 31 - i - 8)),
    );
  });

  test("Q4_K unpacks 6-bit scales and minima of all eight groups", async () => {
    const scales = [1, 17, 35, 63, 2, 31, 48, 63];
    const minima = [0, 5, 40, 63, 63, 16, 33, 7];
    const packed = Array.from({ length: 12 }, (_, i) => {
      if (i < 4) return scales[i]! | ((scales[i + 4]! >> 4) << 6);
      if (i < 8) return minima[i - 4]! | ((minima[i]! >> 4) << 6);
      return (scales[i - 4]! & 15) | ((minima[i - 4]! & 15) << 4);
    });
    const quants = Array.from({ length: 256 }, (_, i) => (i * 7) % 16);
    const nibbles = Array.from({ length: 128 }, (_, b) => {
      const pair = b >> 5;
      return quants[pair * 64 + (b & 31)]! | (quants[pair * 64 + 32 + (b & 31)]! << 4);
    });
    expect(await readW(oneTensor(12, [256], Uint8Array.of(...ONE, ...HALF, ...packed, ...nibbles)))).toEqual(
      quants.map((q, i) => scales[i >> 5]! * q - 0.5 * minima[i >> 5]!),
    );
  });

  test("Q6_K joins low nibbles and high bit pairs under signed scales", async () => {
    const quants = Array.from({ length: 256 }, (_, i) => (i * 11) % 64);
    const scales = Array.from({ length: 16 }, (_, i) => i - 8);
    const low = new Uint8Array(128);
    const high = new Uint8Array(64);
    for (let n = 0; n < 2; n++) {
      for (let l = 0; l < 32; l++) {
        const q = (part: number) => quants[n * 128 + part * 32 + l]!;
        low[n * 64 + l] = (q(0) & 15) | ((q(2) & 15) << 4);
        low[n * 64 + 32 + l] = (q(1) & 15) | ((q(3) & 15) << 4);
        high[n * 32 + l] = (q(0) >> 4) | ((q(1) >> 4) << 2) | ((q(2) >> 4) << 4) | ((q(3) >> 4) << 6);
      }
    }
    const data = Uint8Array.of(...low, ...high, ...scales.map((s) => s & 255), ...HALF);
    expect(await readW(oneTensor(14, [256], data))).toEqual(quants.map((q, i) => 0.5 * scales[i >> 4]! * (q - 32)));
  });

  test("a truncated tensor is named with both lengths", async () => {
    const bytes = oneTensor(0, [4], new Uint8Array(16));
    await expect(GgufFile.open(await save(bytes.subarray(0, -3)))).rejects.toThrow(
      `tensor "w" (F32 [4]) ends at byte ${bytes.length}, but the file has ${bytes.length - 3}; it is truncated.`,
    );
    await expect(GgufFile.open(await save(bytes.subarray(0, 60)))).rejects.toThrow(
      "the header does not end within the file's 60 bytes",
    );
  });

  test("other files, versions and tensor types are refused by what they are", async () => {
    await expect(GgufFile.open(await save(Buffer.from("PK\u0003\u0004zip")))).rejects.toThrow(
      'a GGUF file starts with "GGUF"',
    );
    const old = oneTensor(0, [1], new Uint8Array(4));
    old.writeUInt32LE(1, 4);
    await expect(GgufFile.open(await save(old))).rejects.toThrow("it has version 1; expected 2 or 3");
    await expect(GgufFile.open(await save(oneTensor(19, [256], new Uint8Array(66))))).rejects.toThrow(
      'tensor "w" has GGML type 19; Loam reads F32, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, Q8_K, IQ4_NL, BF16. Choose a Q4_K_M, Q8_0 or F16 file.',
    );
  });
});
