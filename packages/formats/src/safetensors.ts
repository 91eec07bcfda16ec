import { open } from "node:fs/promises";
import { InputError, NotFoundError, show } from "@loam/core";
import { bfloat16ToFloat32, float16ToFloat32 } from "./float16.ts";
import { openRandomAccess, type RandomAccessFile } from "./random-access.ts";

/** The dtypes of the safetensors format that Loam reads, by the format's own names. */
export type SafetensorsDtype = keyof typeof BYTES_PER_VALUE;

const BYTES_PER_VALUE = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
} as const;

/** Where one tensor lies in a file. */
export interface TensorEntry {
  name: string;
  dtype: SafetensorsDtype;
  shape: number[];
  /** First byte, counted from the start of the file. */
  offset: number;
  sizeBytes: number;
}

/** Any array that a tensor's values can be read into. 16-bit floats come as their bit patterns. */
export type TensorData =
  | Float64Array
  | Float32Array
  | Uint16Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Int8Array
  | Uint8Array;

/** A tensor to be written. */
export interface TensorToWrite {
  dtype: SafetensorsDtype;
  shape: readonly number[];
  data: TensorData;
}

/** A longer header than this is taken for a file of another kind; the reference implementation uses the same limit. */
const LONGEST_HEADER_BYTES = 100_000_000;

/**
 * An open `.safetensors` file: the header is read and checked at once, tensors when they are asked for.
 *
 * Layout: u64 little-endian header length, JSON header, then the tensors' bytes, little-endian and row-major,
 * without holes or overlap (https://github.com/huggingface/safetensors).
 */
export class SafetensorsFile {
  readonly path: string;
  /** In the order of their bytes. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** The header's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly #file: RandomAccessFile;

  private constructor(file: RandomAccessFile, tensors: Map<string, TensorEntry>, metadata: Record<string, string>) {
    this.path = file.path;
    this.tensors = tensors;
    this.metadata = metadata;
    this.#file = file;
  }

  /**
   * Opens and validates a file.
   *
   * @throws {NotFoundError} when there is no such file.
   * @throws {InputError} `bad_safetensors` for a file that is truncated, has holes or overlapping tensors, or whose
   *   shapes, dtypes and byte ranges contradict each other; the message names the tensor, what was expected and found.
   */
  static async open(path: string): Promise<SafetensorsFile> {
    const file = await openRandomAccess(path);
    try {
      const { tensors, metadata } = await readHeader(file);
      return new SafetensorsFile(file, tensors, metadata);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** @throws {NotFoundError} naming the nearest tensor that the file has. */
  entry(name: string): TensorEntry {
    const entry = this.tensors.get(name);
    if (!entry) throw new NotFoundError(`${this.path}: tensor`, name, { known: this.tensors.keys() });
    return entry;
  }

  /** The tensor's bytes as they are in the file. */
  async readBytes(name: string): Promise<Uint8Array> {
    const { offset, sizeBytes } = this.entry(name);
    return this.#file.read(offset, sizeBytes);
  }

  /** The tensor's values in an array of its own dtype; F16 and BF16 as bit patterns, BOOL and F8 as bytes. */
  async read(name: string): Promise<TensorData> {
    return viewAs(this.entry(name).dtype, await this.readBytes(name));
  }

  /**
   * The tensor's values as float32: widened from F16 and BF16, rounded from F64, converted from integers.
   *
   * @throws {InputError} `bad_safetensors` when the tensor is not of floats.
   */
  async readFloat32(name: string): Promise<Float32Array> {
    const { dtype } = this.entry(name);
    const data = await this.read(name);
    if (dtype === "F8_E4M3" || dtype === "F8_E5M2") {
      throw new InputError(
        "bad_safetensors",
        `${this.path}: tensor "${name}" has dtype ${dtype}; expected a float of 16, 32 or 64 bits.`,
      );
    }
    return toFloat32(dtype, data);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** Reads a whole file into memory: for small files such as adapters. */
export async function readSafetensors(
  path: string,
): Promise<{ tensors: Map<string, TensorToWrite & { shape: number[] }>; metadata: Readonly<Record<string, string>> }> {
  const file = await SafetensorsFile.open(path);
  try {
    const tensors = new Map<string, TensorToWrite & { shape: number[] }>();
    for (const { name, dtype, shape } of file.tensors.values()) {
      tensors.set(name, { dtype, shape, data: await file.read(name) });
    }
    return { tensors, metadata: file.metadata };
  } finally {
    await file.close();
  }
}

/**
 * Writes a `.safetensors` file. Tensors are laid out by falling alignment and then by name, as the reference
 * implementation does, so that every tensor starts at a multiple of its own value size.
 *
 * @throws {InputError} `bad_tensor` when a tensor's data does not have as many bytes as its shape and dtype say.
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<readonly [string, TensorToWrite]>,
  { metadata }: { metadata?: Record<string, string> } = {},
): Promise<void> {
  const sorted = [...tensors].sort(
    ([a, x], [b, y]) => BYTES_PER_VALUE[y.dtype] - BYTES_PER_VALUE[x.dtype] || (a < b ? -1 : a > b ? 1 : 0),
  );
  const header: Record<string, unknown> = metadata ? { __metadata__: metadata } : {};
  let offset = 0;
  for (const [name, { dtype, shape, data }] of sorted) {
    const expected = shape.reduce((a, b) => a * b, BYTES_PER_VALUE[dtype]);
    if (data.byteLength !== expected) {
      throw new InputError(
        "bad_tensor",
        `Tensor "${name}" holds ${data.byteLength} bytes; ${dtype} ${show(shape)} takes ${expected}.`,
      );
    }
    header[name] = { dtype, shape, data_offsets: [offset, offset + expected] };
    offset += expected;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padding = (8 - (json.length % 8)) % 8; // the first tensor starts at a multiple of 8
  const prefix = Buffer.alloc(8 + json.length + padding, 0x20);
  prefix.writeBigUInt64LE(BigInt(json.length + padding), 0);
  json.copy(prefix, 8);
  const file = await open(path, "w");
  try {
    await file.writeFile(prefix);
    for (const [, { data }] of sorted) {
      await file.writeFile(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  } finally {
    await file.close();
  }
}

/** Values of any readable dtype as float32. */
export function toFloat32(dtype: SafetensorsDtype, data: TensorData): Float32Array {
  if (data instanceof Float32Array) return data;
  if (dtype === "F16") return float16ToFloat32(data as Uint16Array);
  if (dtype === "BF16") return bfloat16ToFloat32(data as Uint16Array);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float32Array.from(data, Number);
  return Float32Array.from(data);
}

async function readHeader(
  file: RandomAccessFile,
): Promise<{ tensors: Map<string, TensorEntry>; metadata: Record<string, string> }> {
  const bad = (problem: string, hint = "download or convert the file again"): InputError =>
    new InputError("bad_safetensors", `${file.path}: ${problem}`, { details: { path: file.path }, hint });
  if (file.sizeBytes < 8)
    throw bad(`the file has ${file.sizeBytes} bytes; a safetensors file starts with 8 for the header length.`);
  const lengthBytes = await file.read(0, 8);
  const headerBytes = Number(new DataView(lengthBytes.buffer, lengthBytes.byteOffset).getBigUint64(0, true));
  if (headerBytes > LONGEST_HEADER_BYTES) {
    throw bad(
      `the header length reads ${headerBytes}; this is no safetensors file.`,
      "check that it is not an HTML page or a Git LFS pointer",
    );
  }
  if (8 + headerBytes > file.sizeBytes) {
    throw bad(`the header ends at byte ${8 + headerBytes}, but the file has ${file.sizeBytes}; it is truncated.`);
  }
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(await file.read(8, headerBytes)));
  } catch (cause) {
    throw bad(`the header is not JSON (${(cause as Error).message}).`);
  }
  if (!isObject(header)) throw bad(`the header is ${show(header)}; expected an object of tensors.`);
  const about = header.__metadata__ ?? {};
  if (!isObject(about) || !Object.values(about).every((value) => typeof value === "string"))
    throw bad(`__metadata__ is ${show(about)}; expected an object of texts.`);
  const base = 8 + headerBytes;
  const entries: TensorEntry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    if (!isObject(value)) throw bad(`tensor "${name}" is ${show(value)}; expected dtype, shape and data_offsets.`);
    const {
      dtype,
      shape,
      data_offsets: range,
    } = value as unknown as { dtype: string; shape: number[]; data_offsets: number[] };
    if (!Object.hasOwn(BYTES_PER_VALUE, dtype)) {
      throw bad(
        `tensor "${name}" has dtype ${show(dtype)}; expected one of ${Object.keys(BYTES_PER_VALUE).join(", ")}.`,
      );
    }
    const naturals = (v: unknown): v is number[] =>
      Array.isArray(v) && v.every((n) => Number.isSafeInteger(n) && n >= 0);
    if (!naturals(shape)) throw bad(`tensor "${name}" has shape ${show(shape)}; expected a list of sizes.`);
    if (!naturals(range) || range.length !== 2 || range[1]! < range[0]!) {
      throw bad(`tensor "${name}" has data_offsets ${show(range)}; expected [begin, end].`);
    }
    const expected = shape.reduce((a, b) => a * b, BYTES_PER_VALUE[dtype as SafetensorsDtype]);
    const found = range[1]! - range[0]!;
    if (found !== expected) {
      throw bad(`tensor "${name}" (${dtype} ${show(shape)}) takes ${expected} bytes, but its range holds ${found}.`);
    }
    entries.push({ name, dtype: dtype as SafetensorsDtype, shape, offset: base + range[0]!, sizeBytes: expected });
  }
  entries.sort((a, b) => a.offset - b.offset || a.sizeBytes - b.sizeBytes);
  let end = base;
  for (const { name, dtype, shape, offset, sizeBytes } of entries) {
    if (offset > end) throw bad(`there is a hole of ${offset - end} bytes before tensor "${name}".`);
    if (offset < end)
      throw bad(`tensor "${name}" starts ${end - offset} bytes before the end of the one in front of it.`);
    end = offset + sizeBytes;
    if (end > file.sizeBytes) {
      throw bad(
        `tensor "${name}" (${dtype} ${show(shape)}) ends at byte ${end}, but the file has ${file.sizeBytes}; it is truncated.`,
      );
    }
  }
  if (end < file.sizeBytes) throw bad(`${file.sizeBytes - end} bytes follow the last tensor; expected none.`);
  return {
    tensors: new Map(entries.map((entry) => [entry.name, entry])),
    metadata: about as Record<string, string>,
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function viewAs(dtype: SafetensorsDtype, bytes: Uint8Array): TensorData {
  const arrayType = {
    F64: Float64Array,
    F32: Float32Array,
    F16: Uint16Array,
    BF16: Uint16Array,
    I64: BigInt64Array,
    U64: BigUint64Array,
    I32: Int32Array,
    U32: Uint32Array,
    I16: Int16Array,
    U16: Uint16Array,
    I8: Int8Array,
    U8: Uint8Array,
    BOOL: Uint8Array,
    F8_E4M3: Uint8Array,
    F8_E5M2: Uint8Array,
  }[dtype];
  return new arrayType(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / BYTES_PER_VALUE[dtype]);
}
