import { InputError, NotFoundError, show } from "@loam/core";
import { bfloat16ToFloat32, float16ToFloat32 } from "./float16.ts";
import { dequantizeGgml, type GgmlType, ggmlTypes } from "./gguf-blocks.ts";
import { openRandomAccess, type RandomAccessFile } from "./random-access.ts";

/** A metadata value; 64-bit integers come as numbers when they fit, as bigints when they do not. */
export type GgufValue = number | bigint | boolean | string | GgufValue[];

export interface GgufTensor {
  name: string;
  type: string;
  /** Row-major, outermost first: the reverse of the order in the file. */
  shape: number[];
  /** First byte, counted from the start of the file. */
  offset: number;
  sizeBytes: number;
}

/** The header is read in steps of this size until it is complete; vocabularies make it a few MiB. */
const HEADER_STEP_BYTES = 4 << 20;

/**
 * An open GGUF file (version 2 or 3, little-endian): metadata and tensor table are read and checked at once, tensors
 * when they are asked for (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
 */
export class GgufFile {
  readonly path: string;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
  readonly #file: RandomAccessFile;
  readonly #types: ReadonlyMap<string, GgmlType>;

  private constructor(file: RandomAccessFile, header: Header) {
    this.path = file.path;
    this.metadata = header.metadata;
    this.tensors = header.tensors;
    this.#types = header.types;
    this.#file = file;
  }

  /**
   * @throws {NotFoundError} when there is no such file.
   * @throws {InputError} `bad_gguf` for another kind of file, an unknown version or tensor type, or a truncated file;
   *   the message names the tensor, what was expected and found.
   */
  static async open(path: string): Promise<GgufFile> {
    const file = await openRandomAccess(path);
    try {
      return new GgufFile(file, await readHeader(file));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The tensor's values, dequantised. @throws {NotFoundError} naming the nearest tensor that the file has. */
  async readFloat32(name: string): Promise<Float32Array> {
    const tensor = this.tensors.get(name);
    if (!tensor) throw new NotFoundError(`${this.path}: tensor`, name, { known: this.tensors.keys() });
    const bytes = await this.#file.read(tensor.offset, tensor.sizeBytes);
    const type = this.#types.get(name)!;
    if (type.name === "F32") return new Float32Array(bytes.buffer);
    if (type.name === "F16") return float16ToFloat32(new Uint16Array(bytes.buffer));
    if (type.name === "BF16") return bfloat16ToFloat32(new Uint16Array(bytes.buffer));
    return dequantizeGgml(type, bytes);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

interface Header {
  metadata: Map<string, GgufValue>;
  tensors: Map<string, GgufTensor>;
  types: Map<string, GgmlType>;
}

/** Raised inside the parser when the bytes read so far do not reach; more are read and parsing starts over. */
class NeedMore extends Error {}

async function readHeader(file: RandomAccessFile): Promise<Header> {
  for (let length = HEADER_STEP_BYTES; ; length *= 4) {
    const complete = length >= file.sizeBytes;
    const bytes = await file.read(0, Math.min(length, file.sizeBytes));
    try {
      return parseHeader(file, bytes);
    } catch (error) {
      if (!(error instanceof NeedMore)) throw error;
      if (complete)
        throw bad(file, `the header does not end within the file's ${file.sizeBytes} bytes; it is truncated.`);
    }
  }
}

function parseHeader(file: RandomAccessFile, bytes: Uint8Array): Header {
  const cursor = new Cursor(bytes);
  const magic = cursor.ascii(4);
  if (magic !== "GGUF") throw bad(file, `it starts with ${show(magic)}; a GGUF file starts with "GGUF".`);
  const version = cursor.u32();
  if (version < 2 || version > 3) throw bad(file, `it has version ${version}; expected 2 or 3 (little-endian).`);
  const tensorCount = cursor.count();
  const valueCount = cursor.count();
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < valueCount; i++) {
    const key = cursor.string();
    metadata.set(key, readValue(file, cursor, cursor.u32(), key));
  }
  const pending: { name: string; shape: number[]; typeNumber: number; offset: number }[] = [];
  for (let i = 0; i < tensorCount; i++) {
    const name = cursor.string();
    const axes = cursor.u32();
    if (axes > 4) throw bad(file, `tensor "${name}" has ${axes} axes; expected at most 4.`);
    const shape = Array.from({ length: axes }, () => cursor.count()).reverse();
    pending.push({ name, shape, typeNumber: cursor.u32(), offset: cursor.count() });
  }
  const alignment = Number(metadata.get("general.alignment") ?? 32);
  const base = Math.ceil(cursor.at / alignment) * alignment;
  const tensors = new Map<string, GgufTensor>();
  const types = new Map<string, GgmlType>();
  for (const { name, shape, typeNumber, offset } of pending) {
    const type = ggmlTypes.get(typeNumber);
    if (!type) {
      const known = [...ggmlTypes.values()].map((t) => t.name).join(", ");
      throw bad(
        file,
        `tensor "${name}" has GGML type ${typeNumber}; Loam reads ${known}.`,
        "choose a Q4_K_M, Q8_0 or F16 file",
      );
    }
    const values = shape.reduce((a, b) => a * b, 1);
    const sizeBytes = (values / type.valuesPerBlock) * type.bytesPerBlock;
    if (!Number.isInteger(sizeBytes)) {
      throw bad(
        file,
        `tensor "${name}" ${show(shape)} does not divide into ${type.name} blocks of ${type.valuesPerBlock}.`,
      );
    }
    if (base + offset + sizeBytes > file.sizeBytes) {
      throw bad(
        file,
        `tensor "${name}" (${type.name} ${show(shape)}) ends at byte ${base + offset + sizeBytes}, but the file has ${file.sizeBytes}; it is truncated.`,
      );
    }
    tensors.set(name, { name, type: type.name, shape, offset: base + offset, sizeBytes });
    types.set(name, type);
  }
  return { metadata, tensors, types };
}

function readValue(file: RandomAccessFile, cursor: Cursor, type: number, key: string): GgufValue {
  switch (type) {
    case 0:
      return cursor.take(1).getUint8(0);
    case 1:
      return cursor.take(1).getInt8(0);
    case 2:
      return cursor.take(2).getUint16(0, true);
    case 3:
      return cursor.take(2).getInt16(0, true);
    case 4:
      return cursor.u32();
    case 5:
      return cursor.take(4).getInt32(0, true);
    case 6:
      return cursor.take(4).getFloat32(0, true);
    case 7:
      return cursor.take(1).getUint8(0) !== 0;
    case 8:
      return cursor.string();
    case 9: {
      const itemType = cursor.u32();
      const length = cursor.count();
      const items: GgufValue[] = [];
      for (let i = 0; i < length; i++) items.push(readValue(file, cursor, itemType, key));
      return items;
    }
    case 10:
      return narrow(cursor.take(8).getBigUint64(0, true));
    case 11:
      return narrow(cursor.take(8).getBigInt64(0, true));
    case 12:
      return cursor.take(8).getFloat64(0, true);
    default:
      throw bad(file, `metadata "${key}" has value type ${type}; expected 0 to 12.`);
  }
}

function narrow(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

function bad(file: RandomAccessFile, problem: string, hint = "download or convert the file again"): InputError {
  return new InputError("bad_gguf", `${file.path}: ${problem}`, { details: { path: file.path }, hint });
}

class Cursor {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(length: number): DataView {
    if (this.at + length > this.#bytes.length) throw new NeedMore();
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.at, length);
    this.at += length;
    return view;
  }

  u32(): number {
    return this.take(4).getUint32(0, true);
  }

  /** A u64 that counts something; a value past 2⁵³ is no count, so the file cannot hold it. */
  count(): number {
    const value = Number(this.take(8).getBigUint64(0, true));
    if (!Number.isSafeInteger(value)) throw new NeedMore();
    return value;
  }

  string(): string {
    const view = this.take(this.count());
    return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  }

  ascii(length: number): string {
    const view = this.take(length);
    return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  }
}
