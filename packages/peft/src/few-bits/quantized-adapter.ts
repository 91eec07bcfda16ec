import { existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "@loam/core";
import { readSafetensors, writeSafetensors } from "@loam/formats";
import {
  abs,
  add,
  cast,
  clip,
  div,
  equal,
  flatten,
  floats,
  floor,
  mul,
  pad,
  reduceMax,
  reduceSum,
  reshape,
  type Shape,
  slice,
  stack,
  sub,
  type Tensor,
  type TensorType,
  type Value,
  value,
  where,
} from "@loam/graph";
import type { AdapterTensors, TensorValue } from "../layers/method.ts";

/** How the adapter itself is kept between updates. */
export type AdapterPrecision = "int8" | "int4";

/** Entries that share a float32 scale; smaller tensors stay float32. */
const blockSize = 256;
const largestCode: Record<AdapterPrecision, number> = { int8: 127, int4: 7 };

type Shapes = Readonly<Record<string, { shape: readonly number[] }>>;
type Values = Readonly<Record<string, Value>>;

/** An adapter's tensors as codes and scales: `<key>.codes` and `<key>.scales` stand for `<key>`. */
export interface QuantizedAdapter {
  precision: AdapterPrecision;
  /** Dtypes and shapes of the stored tensors. */
  spec: Record<string, TensorType>;
  /** The float32 tensors, inside a graph. */
  read(stored: Readonly<Record<string, Tensor>>): Record<string, Tensor>;
  /**
   * Codes and scales of updated tensors, inside a graph. Numbers are rounded up or down by chance, so that on average a step
   * smaller than the distance of two codes is not lost.
   *
   * @param uniform numbers in [0, 1) of a shape, others for each `stream`
   */
  write(
    tensors: Readonly<Record<string, Tensor>>,
    uniform: (shape: Shape, stream: number) => Tensor,
  ): Record<string, Tensor>;
  /** The same outside a graph; rounds to the nearest. */
  quantize(tensors: Values): Record<string, Value>;
  dequantize(stored: Values): Record<string, Value>;
}

/**
 * Keeps an adapter in 8 or 4 bits: symmetric codes in blocks of 256 with a float32 scale each, 0.254 and 0.129 of its float32
 * size. A scale is chosen anew at every update, as largest entry / 127 (or 7).
 */
export function quantizedAdapter(precision: AdapterPrecision, shapes: Shapes): QuantizedAdapter {
  const entries = Object.entries(shapes).map(([key, { shape }]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return { key, shape, size, blocks: Math.ceil(size / blockSize), isSmall: size < blockSize };
  });
  const codesShape = (blocks: number) => [blocks, precision === "int4" ? blockSize / 2 : blockSize];
  const codesType = precision === "int4" ? "uint8" : "int8";
  const limit = largestCode[precision];
  const each = <T>(make: (entry: (typeof entries)[number]) => Record<string, T>): Record<string, T> =>
    Object.assign({}, ...entries.map(make));
  return {
    precision,
    spec: each<TensorType>(({ key, shape, blocks, isSmall }) =>
      isSmall
        ? { [key]: { dtype: "float32", shape } }
        : {
            [`${key}.codes`]: { dtype: codesType, shape: codesShape(blocks) },
            [`${key}.scales`]: { dtype: "float32", shape: [blocks, 1] },
          },
    ),
    read: (stored) =>
      each(({ key, shape, size, isSmall }) => {
        if (isSmall) return { [key]: stored[key]! };
        const numbers = unpack(stored[`${key}.codes`]!, precision);
        const flat = flatten(mul(numbers, stored[`${key}.scales`]!));
        return { [key]: reshape(slice(flat, { axes: [0], starts: [0], ends: [size] }), shape) };
      }),
    write: (tensors, uniform) =>
      each(({ key, size, blocks, isSmall }) => {
        const tensor = tensors[key]!;
        if (isSmall) return { [key]: tensor };
        const rows = reshape(pad(flatten(tensor), { pads: [[0, blocks * blockSize - size]] }), [blocks, blockSize]);
        const scales = div(reduceMax(abs(rows), { axes: [-1], keepdims: true }), limit);
        const scaled = div(rows, where(equal(scales, 0), 1, scales));
        const place = entries.findIndex((entry) => entry.key === key);
        const codes = clip(floor(add(scaled, uniform([blocks, blockSize], place))), { min: -limit, max: limit });
        return { [`${key}.codes`]: pack(codes, precision), [`${key}.scales`]: scales };
      }),
    quantize: (tensors) =>
      each(({ key, blocks, isSmall }) => {
        if (isSmall) return { [key]: tensors[key]! };
        const { codes, scales } = quantizeValues(floats(tensors[key]!), blocks, limit);
        const stored = precision === "int8" ? codes : packNibbles(codes);
        return {
          [`${key}.codes`]: value(stored, codesShape(blocks), codesType),
          [`${key}.scales`]: value(scales, [blocks, 1]),
        };
      }),
    dequantize: (stored) =>
      each(({ key, shape, size, isSmall }) => {
        if (isSmall) return { [key]: stored[key]! };
        const data = stored[`${key}.codes`]!.data as Int8Array | Uint8Array;
        const scales = floats(stored[`${key}.scales`]!);
        const codeAt =
          precision === "int8" ? (i: number) => data[i]! : (i: number) => ((data[i >> 1]! >> (4 * (i & 1))) & 15) - 8;
        const numbers = Float32Array.from({ length: size }, (_, i) => codeAt(i) * scales[Math.floor(i / blockSize)]!);
        return { [key]: value(numbers, shape) };
      }),
  };
}

/** Codes [blocks, ...] as float32 [blocks, 256]; of two in a byte the first is the low one, and 8 stands for zero. */
function unpack(codes: Tensor, precision: AdapterPrecision): Tensor {
  const numbers = cast(codes, "float32");
  if (precision === "int8") return numbers;
  const high = floor(mul(numbers, 1 / 16));
  const low = sub(numbers, mul(high, 16));
  return sub(reshape(stack([low, high], { axis: -1 }), [codes.shape[0]!, blockSize]), 8);
}

/** Whole numbers [blocks, 256] as stored codes. */
function pack(codes: Tensor, precision: AdapterPrecision): Tensor {
  if (precision === "int8") return cast(codes, "int8");
  const pairs = reshape(add(codes, 8), [codes.shape[0]!, blockSize / 2, 2]);
  const [low, high] = [0, 1].map((at) => slice(pairs, { axes: [-1], starts: [at], ends: [at + 1] }));
  return cast(reduceSum(add(low!, mul(high!, 16)), { axes: [-1] }), "uint8");
}

function quantizeValues(numbers: Float32Array, blocks: number, limit: number) {
  const codes = new Int8Array(blocks * blockSize);
  const scales = new Float32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    const part = numbers.subarray(block * blockSize, (block + 1) * blockSize);
    scales[block] = part.reduce((max, x) => Math.max(max, Math.abs(x)), 0) / limit;
    for (const [i, x] of part.entries())
      codes[block * blockSize + i] =
        scales[block] === 0 ? 0 : Math.max(-limit, Math.min(limit, Math.round(x / scales[block]!)));
  }
  return { codes, scales };
}

const packNibbles = (codes: Int8Array): Uint8Array =>
  Uint8Array.from({ length: codes.length / 2 }, (_, i) => (codes[2 * i]! + 8) | ((codes[2 * i + 1]! + 8) << 4));

const fileName = "quantized_adapter.safetensors";

/** Writes the codes beside the adapter, whole or not at all; `readQuantizedAdapter` needs nothing else. */
export async function writeQuantizedAdapter(
  folder: string,
  { precision }: QuantizedAdapter,
  stored: Values,
  shapes: Shapes,
): Promise<void> {
  const path = join(folder, fileName);
  const types = { float32: "F32", int8: "I8", uint8: "U8" } as const;
  const tensors = Object.entries(stored).map(
    ([name, { type, dims, data }]) =>
      [name, { dtype: types[type as keyof typeof types], shape: dims, data: data as Float32Array }] as const,
  );
  const plain = Object.fromEntries(Object.entries(shapes).map(([key, { shape }]) => [key, shape]));
  await writeSafetensors(`${path}.part`, tensors, {
    metadata: { format: "pt", precision, block_size: String(blockSize), shapes: JSON.stringify(plain) },
  });
  await rename(`${path}.part`, path);
}

/** The tensors that the codes in an adapter folder stand for, or undefined where there are none. @throws {InputError} */
export async function readQuantizedAdapter(folder: string): Promise<AdapterTensors<TensorValue> | undefined> {
  const path = join(folder, fileName);
  if (!existsSync(path)) return undefined;
  const { tensors, metadata } = await readSafetensors(path);
  const precision = metadata?.precision as AdapterPrecision;
  if (!(precision in largestCode) || metadata?.block_size !== String(blockSize)) {
    throw new InputError("bad_adapter", `${path} is kept in ${precision} with blocks of ${metadata?.block_size}.`, {
      hint: `int8 and int4 with blocks of ${blockSize} are known; a newer Loam may have written it`,
    });
  }
  const shapes = JSON.parse(metadata.shapes ?? "{}") as Record<string, number[]>;
  const types = { F32: "float32", I8: "int8", U8: "uint8" } as const;
  const stored: Record<string, Value> = {};
  for (const [name, { dtype, shape, data }] of tensors)
    stored[name] = value(data as Float32Array, shape, types[dtype as keyof typeof types]);
  const of = quantizedAdapter(
    precision,
    Object.fromEntries(Object.entries(shapes).map(([key, shape]) => [key, { shape }])),
  );
  return Object.fromEntries(
    Object.entries(of.dequantize(stored)).map(([key, { dims, data }]) => [
      key,
      { shape: dims, data: data as Float32Array },
    ]),
  );
}
