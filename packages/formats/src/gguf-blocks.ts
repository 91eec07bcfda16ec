import { bfloat, half } from "./gguf-half.ts";
import { decodeQ2_K, decodeQ3_K, decodeQ4_K, decodeQ5_K, decodeQ6_K, decodeQ8_K } from "./gguf-k-blocks.ts";
import { decodeIQ4_NL, decodeQ4_0, decodeQ4_1, decodeQ5_0, decodeQ5_1, decodeQ8_0 } from "./gguf-simple-blocks.ts";

/** How one GGML tensor type packs its values: so many values in so many bytes (ggml-common.h, ggml-quants.c). */
export interface GgmlType {
  name: string;
  valuesPerBlock: number;
  bytesPerBlock: number;
  /** Writes the block's values to `out` from `at`. */
  decode: (block: DataView, offset: number, out: Float32Array, at: number) => void;
}

/** The GGML tensor types that Loam reads, by their number in the file. */
export const ggmlTypes: ReadonlyMap<number, GgmlType> = new Map<number, GgmlType>([
  [
    0,
    { name: "F32", valuesPerBlock: 1, bytesPerBlock: 4, decode: (b, o, out, at) => (out[at] = b.getFloat32(o, true)) },
  ],
  [1, { name: "F16", valuesPerBlock: 1, bytesPerBlock: 2, decode: (b, o, out, at) => (out[at] = half(b, o)) }],
  [2, { name: "Q4_0", valuesPerBlock: 32, bytesPerBlock: 18, decode: decodeQ4_0 }],
  [3, { name: "Q4_1", valuesPerBlock: 32, bytesPerBlock: 20, decode: decodeQ4_1 }],
  [6, { name: "Q5_0", valuesPerBlock: 32, bytesPerBlock: 22, decode: decodeQ5_0 }],
  [7, { name: "Q5_1", valuesPerBlock: 32, bytesPerBlock: 24, decode: decodeQ5_1 }],
  [8, { name: "Q8_0", valuesPerBlock: 32, bytesPerBlock: 34, decode: decodeQ8_0 }],
  [10, { name: "Q2_K", valuesPerBlock: 256, bytesPerBlock: 84, decode: decodeQ2_K }],
  [11, { name: "Q3_K", valuesPerBlock: 256, bytesPerBlock: 110, decode: decodeQ3_K }],
  [12, { name: "Q4_K", valuesPerBlock: 256, bytesPerBlock: 144, decode: decodeQ4_K }],
  [13, { name: "Q5_K", valuesPerBlock: 256, bytesPerBlock: 176, decode: decodeQ5_K }],
  [14, { name: "Q6_K", valuesPerBlock: 256, bytesPerBlock: 210, decode: decodeQ6_K }],
  [15, { name: "Q8_K", valuesPerBlock: 256, bytesPerBlock: 292, decode: decodeQ8_K }],
  [20, { name: "IQ4_NL", valuesPerBlock: 32, bytesPerBlock: 18, decode: decodeIQ4_NL }],
  [30, { name: "BF16", valuesPerBlock: 1, bytesPerBlock: 2, decode: (b, o, out, at) => (out[at] = bfloat(b, o)) }],
]);

/** Decodes whole blocks. */
export function dequantizeGgml(type: GgmlType, bytes: Uint8Array): Float32Array {
  const blocks = bytes.byteLength / type.bytesPerBlock;
  const out = new Float32Array(blocks * type.valuesPerBlock);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < blocks; i++) type.decode(view, i * type.bytesPerBlock, out, i * type.valuesPerBlock);
  return out;
}
