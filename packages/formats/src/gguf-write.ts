import { open, rename, rm } from "node:fs/promises";
import { InputError, show } from "@loam/core";
import { float32ToBfloat16, float32ToFloat16 } from "./float16.ts";

/** Value types of the format, by the numbers that stand for them in a file. */
const valueTypes = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9, u64: 10 } as const;
const tensorTypes = { F32: 0, F16: 1, BF16: 30 } as const;
const bytesPerValue = { F32: 4, F16: 2, BF16: 2 } as const;

/** Tensors start at multiples of this, the format's default. */
const alignment = 32;

/** A metadata value with the type it is written in. */
export type GgufField =
  | { type: "u32" | "i32" | "u64" | "f32"; value: number }
  | { type: "bool"; value: boolean }
  | { type: "string"; value: string }
  | { type: "array"; items: "u32" | "i32" | "f32"; value: readonly number[] }
  | { type: "array"; items: "string"; value: readonly string[] };

/** The float types that a tensor can be written in. */
export type GgufFloatType = keyof typeof tensorTypes;

export interface GgufTensorToWrite {
  name: string;
  type: GgufFloatType;
  /** Row-major, outermost first, as everywhere but in the file. */
  shape: readonly number[];
  /** Called once, when it is the tensor's turn, so that one tensor is in memory at a time. */
  read: () => Promise<Float32Array> | Float32Array;
}

/**
 * Writes a GGUF file (version 3, little-endian: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). It appears
 * whole or not at all.
 *
 * @throws {InputError} `bad_tensor` when a tensor's values are more or fewer than its shape says.
 */
export async function writeGguf(
  path: string,
  { metadata, tensors }: { metadata: Readonly<Record<string, GgufField>>; tensors: readonly GgufTensorToWrite[] },
  { onTensor }: { onTensor?: (name: string) => void } = {},
): Promise<void> {
  const header = new Bytes().ascii("GGUF").u32(3).u64(tensors.length).u64(Object.keys(metadata).length);
  for (const [key, field] of Object.entries(metadata)) {
    header.string(key).u32(valueTypes[field.type]);
    writeField(header, field);
  }
  let offset = 0;
  for (const { name, type, shape } of tensors) {
    header.string(name).u32(shape.length);
    for (const size of [...shape].reverse()) header.u64(size);
    header.u32(tensorTypes[type]).u64(offset);
    offset += aligned(sizeOf(shape) * bytesPerValue[type]);
  }
  const part = `${path}.part`;
  const file = await open(part, "w");
  try {
    await file.writeFile(padded(header.bytes()));
    for (const { name, type, shape, read } of tensors) {
      const values = await read();
      if (values.length !== sizeOf(shape)) {
        throw new InputError(
          "bad_tensor",
          `Tensor "${name}" holds ${values.length} values; ${show(shape)} takes ${sizeOf(shape)}.`,
          {
            details: { tensor: name, shape, values: values.length },
            hint: "give as many values as the shape has places",
          },
        );
      }
      await file.writeFile(padded(encode(type, values)));
      onTensor?.(name);
    }
  } catch (error) {
    await file.close();
    await rm(part, { force: true });
    throw error;
  }
  await file.close();
  await rename(part, path);
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const aligned = (sizeBytes: number): number => Math.ceil(sizeBytes / alignment) * alignment;

function padded(bytes: Uint8Array): Uint8Array {
  const length = aligned(bytes.length);
  if (length === bytes.length) return bytes;
  const result = new Uint8Array(length);
  result.set(bytes);
  return result;
}

function encode(type: GgufFloatType, values: Float32Array): Uint8Array {
  const data = type === "F32" ? values : type === "F16" ? float32ToFloat16(values) : float32ToBfloat16(values);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function writeField(to: Bytes, field: GgufField): void {
  if (field.type === "array") {
    to.u32(valueTypes[field.items]).u64(field.value.length);
    for (const item of field.value) writeScalar(to, field.items, item);
  } else writeScalar(to, field.type, field.value);
}

function writeScalar(to: Bytes, type: GgufField["type"], value: number | boolean | string): void {
  switch (type) {
    case "u32":
      to.u32(value as number);
      break;
    case "i32":
      to.i32(value as number);
      break;
    case "u64":
      to.u64(value as number);
      break;
    case "f32":
      to.f32(value as number);
      break;
    case "bool":
      to.u8(value ? 1 : 0);
      break;
    default:
      to.string(value as string);
  }
}

/** A growing run of little-endian bytes. */
class Bytes {
  #buffer = Buffer.alloc(1 << 16);
  #length = 0;

  u8(value: number): this {
    this.#length = this.#room(1).writeUInt8(value, this.#length);
    return this;
  }

  u32(value: number): this {
    this.#length = this.#room(4).writeUInt32LE(value, this.#length);
    return this;
  }

  i32(value: number): this {
    this.#length = this.#room(4).writeInt32LE(value, this.#length);
    return this;
  }

  f32(value: number): this {
    this.#length = this.#room(4).writeFloatLE(value, this.#length);
    return this;
  }

  u64(value: number): this {
    this.#length = this.#room(8).writeBigUInt64LE(BigInt(value), this.#length);
    return this;
  }

  ascii(text: string): this {
    this.#length += this.#room(text.length).write(text, this.#length, "latin1");
    return this;
  }

  /** UTF-8, its length in bytes first. */
  string(text: string): this {
    const sizeBytes = Buffer.byteLength(text);
    this.u64(sizeBytes);
    this.#length += this.#room(sizeBytes).write(text, this.#length);
    return this;
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  #room(sizeBytes: number): Buffer {
    if (this.#length + sizeBytes > this.#buffer.length) {
      const grown = Buffer.alloc(Math.max(2 * this.#buffer.length, this.#length + sizeBytes));
      this.#buffer.copy(grown);
      this.#buffer = grown;
    }
    return this.#buffer;
  }
}
