import { ArgumentError, InputError } from "@loam/core";
import { dequantizeBlockwise, quantizeBlockwise } from "./blockwise.ts";
import { type Codebook, dynamicMap, fp4, nf4 } from "./codes.ts";
import { float32Mean } from "./float32-mean.ts";

export type FourBitType = "nf4" | "fp4";

export const fourBitCodebooks: Record<FourBitType, Codebook> = { nf4, fp4 };

/** A matrix in 4 bits, as bitsandbytes stores it. */
export interface FourBitMatrix {
  type: FourBitType;
  shape: readonly number[];
  blockSize: number;
  /** Two codes a byte over the row-major matrix, the first in the high nibble. */
  packed: Uint8Array;
  /** The largest absolute value of each block. */
  absmax: Float32Array;
  /** How `absmax` itself is stored when it was quantised too ("double quantisation", arXiv:2305.14314 §3). */
  nested?: { codes: Uint8Array; absmax: Float32Array; offset: number; blockSize: number };
}

export interface FourBitOptions {
  type?: FourBitType;
  blockSize?: number;
  doubleQuantization?: boolean;
}

/** Blocks of the nested absmax, fixed in bitsandbytes. */
const nestedBlockSize = 256;

/** Quantises a matrix to 4 bits; the same bytes as bitsandbytes' `quantize_4bit`. */
export function quantize4bit(
  weight: Float32Array,
  shape: readonly number[],
  { type = "nf4", blockSize = 64, doubleQuantization = false }: FourBitOptions = {},
): FourBitMatrix {
  const codebook = fourBitCodebooks[type];
  const { codes, absmax } = quantizeBlockwise(weight, { codebook, blockSize });
  const matrix: FourBitMatrix = { type, shape, blockSize, packed: packNibbles(codes, codebook.indexOf(0)), absmax };
  if (!doubleQuantization) return matrix;
  const offset = float32Mean(absmax);
  const nested = quantizeBlockwise(
    absmax.map((x) => x - offset),
    { codebook: dynamicMap(), blockSize: nestedBlockSize },
  );
  return withNested(matrix, { codes: nested.codes, absmax: nested.absmax, offset, blockSize: nestedBlockSize });
}

/** The matrix with `absmax` restored from its nested form, which is what both sides compute with. */
function withNested(
  matrix: Omit<FourBitMatrix, "absmax">,
  nested: NonNullable<FourBitMatrix["nested"]>,
): FourBitMatrix {
  const restored = dequantizeBlockwise(nested, dynamicMap());
  return { ...matrix, absmax: restored.map((x) => x + nested.offset), nested };
}

export function dequantize4bit({ type, shape, blockSize, packed, absmax }: FourBitMatrix): Float32Array {
  const size = shape.reduce((a, b) => a * b, 1);
  return dequantizeBlockwise({ codes: unpackNibbles(packed, size), absmax, blockSize }, fourBitCodebooks[type]);
}

function packNibbles(codes: Uint8Array, filler: number): Uint8Array {
  const at = (i: number) => codes[i] ?? filler;
  return Uint8Array.from({ length: Math.ceil(codes.length / 2) }, (_, i) => (at(2 * i) << 4) | at(2 * i + 1));
}

function unpackNibbles(packed: Uint8Array, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => (i % 2 === 0 ? packed[i >> 1]! >> 4 : packed[i >> 1]! & 15));
}

/** A tensor as it lies in a checkpoint. */
export interface StoredTensor {
  data: Uint8Array | Float32Array;
  shape: readonly number[];
}

/** The entries of a bitsandbytes checkpoint for one weight, under their names after the weight's own. */
export function toBitsandbytes(matrix: FourBitMatrix): Record<string, StoredTensor> {
  const { type, shape, blockSize, packed, absmax, nested } = matrix;
  const state = {
    quant_type: type,
    blocksize: blockSize,
    dtype: "float32",
    shape,
    ...(nested && { nested_blocksize: nested.blockSize, nested_dtype: "float32", nested_offset: nested.offset }),
  };
  const json = new TextEncoder().encode(pythonJson(state));
  const vector = (data: Uint8Array | Float32Array): StoredTensor => ({ data, shape: [data.length] });
  return {
    "": { data: packed, shape: [packed.length, 1] },
    ".absmax": vector(nested ? nested.codes : absmax),
    ".quant_map": vector(fourBitCodebooks[type]),
    ...(nested && { ".nested_absmax": vector(nested.absmax), ".nested_quant_map": vector(dynamicMap()) }),
    [`.quant_state.bitsandbytes__${type}`]: vector(json),
  };
}

/** Reads what {@link toBitsandbytes} and bitsandbytes write. @throws {InputError} when an entry is missing or odd. */
export function fromBitsandbytes(entries: Readonly<Record<string, StoredTensor>>): FourBitMatrix {
  const stateName = Object.keys(entries).find((name) => name.startsWith(".quant_state.bitsandbytes__"));
  const need = (name: string) => {
    const entry = entries[name];
    if (!entry) throw missing(`weight${name}`);
    return entry;
  };
  if (!stateName) throw missing("weight.quant_state.bitsandbytes__nf4 (or fp4)");
  const state = JSON.parse(new TextDecoder().decode(entries[stateName]!.data as Uint8Array));
  const type: FourBitType = state.quant_type;
  if (!(type in fourBitCodebooks)) throw new ArgumentError("quant_type", type, "nf4 or fp4");
  const matrix = { type, shape: state.shape, blockSize: state.blocksize, packed: need("").data as Uint8Array };
  if (state.nested_offset === undefined) return { ...matrix, absmax: need(".absmax").data as Float32Array };
  return withNested(matrix, {
    codes: need(".absmax").data as Uint8Array,
    absmax: need(".nested_absmax").data as Float32Array,
    offset: state.nested_offset,
    blockSize: state.nested_blocksize,
  });
}

const missing = (name: string) =>
  new InputError("incomplete_4bit_weight", `The checkpoint has no ${name}.`, {
    hint: "a 4-bit weight needs its quantisation state beside it",
  });

/** JSON as Python's `json.dumps` spaces it, so that the bytes of a checkpoint can be equal too. */
function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}: ${pythonJson(item)}`)
    .join(", ")}}`;
}
