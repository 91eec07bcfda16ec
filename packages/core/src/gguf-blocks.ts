import { float16ToFloat32 } from "./float16.ts";

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
  [8, { name: "Q8_0", valuesPerBlock: 32, bytesPerBlock: 34, decode: decodeQ8_0 }],
  [12, { name: "Q4_K", valuesPerBlock: 256, bytesPerBlock: 144, decode: decodeQ4_K }],
  [14, { name: "Q6_K", valuesPerBlock: 256, bytesPerBlock: 210, decode: decodeQ6_K }],
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

/** d: f16, then 16 bytes; low nibbles are values 0–15, high nibbles 16–31; x = d·(q − 8). */
function decodeQ4_0(b: DataView, o: number, out: Float32Array, at: number): void {
  const d = half(b, o);
  for (let i = 0; i < 16; i++) {
    const byte = b.getUint8(o + 2 + i);
    out[at + i] = d * ((byte & 15) - 8);
    out[at + 16 + i] = d * ((byte >> 4) - 8);
  }
}

/** d: f16, then 32 signed bytes; x = d·q. */
function decodeQ8_0(b: DataView, o: number, out: Float32Array, at: number): void {
  const d = half(b, o);
  for (let i = 0; i < 32; i++) out[at + i] = d * b.getInt8(o + 2 + i);
}

/**
 * d, dmin: f16; 12 bytes with eight 6-bit scales and eight 6-bit minima; 128 bytes of nibbles, each 32 bytes holding
 * 32 values in the low halves and the next 32 in the high halves; x = d·scale·q − dmin·minimum.
 */
function decodeQ4_K(b: DataView, o: number, out: Float32Array, at: number): void {
  const d = half(b, o);
  const dmin = half(b, o + 2);
  const scaleAt = (j: number): [scale: number, minimum: number] => {
    const byte = (i: number) => b.getUint8(o + 4 + i);
    if (j < 4) return [byte(j) & 63, byte(j + 4) & 63];
    return [(byte(j + 4) & 15) | ((byte(j - 4) >> 6) << 4), (byte(j + 4) >> 4) | ((byte(j) >> 6) << 4)];
  };
  for (let group = 0; group < 8; group++) {
    const [scale, minimum] = scaleAt(group);
    const shift = group & 1 ? 4 : 0;
    const base = o + 16 + (group >> 1) * 32;
    for (let i = 0; i < 32; i++) {
      out[at + group * 32 + i] = d * scale * ((b.getUint8(base + i) >> shift) & 15) - dmin * minimum;
    }
  }
}

/** 128 bytes of low nibbles, 64 bytes of high bit pairs, 16 signed scales, d: f16; x = d·scale·(q − 32). */
function decodeQ6_K(b: DataView, o: number, out: Float32Array, at: number): void {
  const d = half(b, o + 208);
  for (let n = 0; n < 2; n++) {
    const low = o + n * 64;
    const high = o + 128 + n * 32;
    const scales = o + 192 + n * 8;
    for (let l = 0; l < 32; l++) {
      const h = b.getUint8(high + l);
      for (let part = 0; part < 4; part++) {
        const nibbles = b.getUint8(low + l + (part & 1) * 32);
        const q = ((part < 2 ? nibbles & 15 : nibbles >> 4) | (((h >> (2 * part)) & 3) << 4)) - 32;
        out[at + n * 128 + part * 32 + l] = d * b.getInt8(scales + (l >> 4) + part * 2) * q;
      }
    }
  }
}

const scratch = new Uint16Array(1);

function half(b: DataView, o: number): number {
  scratch[0] = b.getUint16(o, true);
  return float16ToFloat32(scratch)[0]!;
}

function bfloat(b: DataView, o: number): number {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setUint32(0, b.getUint16(o, true) << 16);
  return bits.getFloat32(0);
}
