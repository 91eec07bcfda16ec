import { describe, expect, test } from "vitest";
import {
  dequantize4bit,
  dequantizeBlockwise,
  dequantizeRowwise,
  dynamicMap,
  fourBitCodebooks,
  fromBitsandbytes,
  quantize4bit,
  quantizeBlockwise,
  quantizeRowwise,
  type StoredTensor,
  toBitsandbytes,
} from "../src/index.ts";
import { readGolden, readTensors } from "./golden.ts";

const { matrices } = readGolden<{ matrices: Record<string, { shape: [number, number] }> }>("quant", "matrices.json");
const tensors = readTensors("quant", "matrices.safetensors");
const data = (name: string) => tensors.get(name)!.data as Float32Array;
const bytes = (name: string) => tensors.get(name)!.data as Uint8Array;

test("the codebooks are those of bitsandbytes, bit for bit", () => {
  expect(fourBitCodebooks.nf4).toEqual(data("code/nf4"));
  expect(Array.from(fourBitCodebooks.fp4, (x) => x + 0)).toEqual(Array.from(data("code/fp4"), (x) => x + 0));
  expect(dynamicMap()).toEqual(data("code/dynamic"));
});

describe.each(Object.entries(matrices))("matrix %s", (name, { shape }) => {
  const weight = data(`${name}/weight`);

  test.each(["nf4", "fp4"] as const)("%s gives bitsandbytes' bytes", (type) => {
    const matrix = quantize4bit(weight, shape, { type });
    expect(matrix.packed).toEqual(bytes(`${name}/${type}/packed`));
    expect(matrix.absmax).toEqual(data(`${name}/${type}/absmax`));
    expect(dequantize4bit(matrix)).toEqual(data(`${name}/${type}/dequantised`));
  });

  test.each(["nf4", "fp4"] as const)("%s with double quantisation gives bitsandbytes' bytes", (type) => {
    const matrix = quantize4bit(weight, shape, { type, doubleQuantization: true });
    const key = `${name}/${type}_double`;
    expect(matrix.packed).toEqual(bytes(`${key}/packed`));
    expect(matrix.nested!.offset).toBeCloseTo(data(`${key}/offset`)[0]!, 7);
    expect(matrix.nested!.codes).toEqual(bytes(`${key}/absmax_uint8`));
    const restored = data(`${key}/restored_absmax`);
    for (const [i, x] of matrix.absmax.entries()) expect(x).toBeCloseTo(restored[i]!, 7);
  });

  test.each(["nf4", "fp4", "nf4_double", "fp4_double"])("a %s checkpoint reads and writes back the same", (variant) => {
    const prefix = `${name}/${variant}/checkpoint/weight`;
    const entries: Record<string, StoredTensor> = {};
    for (const [key, { data, dims }] of tensors) {
      if (key.startsWith(prefix)) entries[key.slice(prefix.length)] = { data: data as Uint8Array, shape: dims };
    }
    const matrix = fromBitsandbytes(entries);
    expect(dequantize4bit(matrix)).toEqual(data(`${name}/${variant}/dequantised`));
    const written = toBitsandbytes(matrix);
    expect(Object.keys(written).sort()).toEqual(Object.keys(entries).sort());
    for (const [key, { data, shape }] of Object.entries(written)) {
      expect(shape, key).toEqual(entries[key]!.shape);
      expect(
        Array.from(data, (x) => x + 0),
        key,
      ).toEqual(Array.from(entries[key]!.data, (x) => x + 0));
    }
  });

  test.each([64, 256, 4096])("8-bit blocks of %i give bitsandbytes' bytes", (blockSize) => {
    const key = `${name}/int8_dynamic_${blockSize}`;
    const blocks = quantizeBlockwise(weight, { codebook: dynamicMap(), blockSize });
    expect(blocks.codes).toEqual(bytes(`${key}/quantised`));
    expect(blocks.absmax).toEqual(data(`${key}/absmax`));
    if (tensors.has(`${key}/dequantised`))
      expect(dequantizeBlockwise(blocks, dynamicMap())).toEqual(data(`${key}/dequantised`));
  });

  test("8-bit rows give bitsandbytes' bytes", () => {
    const rows = quantizeRowwise(weight, shape[0]);
    expect(rows.absmax).toEqual(data(`${name}/int8_rowwise/absmax`));
    expect(rows.quantized).toEqual(tensors.get(`${name}/int8_rowwise/quantised`)!.data);
    expect(dequantizeRowwise(rows)).toEqual(data(`${name}/int8_rowwise/dequantised`));
  });
});
