import { half } from "./gguf-half.ts";

/** Decoders of GGML's 32-value blocks (ggml-quants.c); each writes the values of the block at byte `o` to `out` from `at`. */

/** d: f16, then 16 bytes; low nibbles are values 0–15, high nibbles 16–31; x = d·(q − 8). */
export function decodeQ4_0(b: DataView, o: number, out: Float32Array, at: number): void {
  const d = half(b, o);
  for (let i = 0; i < 16; i++) {
    const byte = b.getUint8(o + 2 + i);
    out[at + i] = d * ((byte & 15) - 8);
    out[at + 16 + i] = d * ((byte >> 4) - 8);
  }
}

/** d, m: f16, then 16 bytes of nibbles as in Q4_0; x = d·q + m. */
export function decodeQ4_1(b: DataView, o: number, out: Float32Array, at: number): void {
  const [d, m] = [half(b, o), half(b, o + 2)];
  for (let i = 0; i < 16; i++) {
    const byte = b.getUint8(o + 4 + i);
    out[at + i] = d * (byte & 15) + m;
    out[at + 16 + i] = d * (byte >> 4) + m;
  }
}

/** d: f16, 32 fifth bits, 16 bytes of nibbles; x = d·(q − 16). */
export function decodeQ5_0(b: DataView, o: number, out: Float32Array, at: number): void {
  const d = half(b, o);
  fifthBits(b, o + 2, (i, q) => {
    out[at + i] = d * (q - 16);
  });
}

/** d, m: f16, 32 fifth bits, 16 bytes of nibbles; x = d·q + m. */
export function decodeQ5_1(b: DataView, o: number, out: Float32Array, at: number): void {
  const [d, m] = [half(b, o), half(b, o + 2)];
  fifthBits(b, o + 4, (i, q) => {
    out[at + i] = d * q + m;
  });
}

/** Calls back with each 5-bit number: four bytes hold the high bits of all 32, sixteen their low halves. */
function fifthBits(b: DataView, o: number, each: (i: number, q: number) => void): void {
  const high = b.getUint32(o, true);
  for (let i = 0; i < 16; i++) {
    const byte = b.getUint8(o + 4 + i);
    each(i, (byte & 15) | (((high >>> i) & 1) << 4));
    each(i + 16, (byte >> 4) | (((high >>> (i + 16)) & 1) << 4));
  }
}

/** d: f16, then 16 bytes of nibbles as in Q4_0, each naming one of sixteen unevenly spaced levels; x = d·level. */
export function decodeIQ4_NL(b: DataView, o: number, out: Float32Array, at: number): void {
  const d = half(b, o);
  for (let i = 0; i < 16; i++) {
    const byte = b.getUint8(o + 2 + i);
    out[at + i] = d * nonLinearLevels[byte & 15]!;
    out[at + 16 + i] = d * nonLinearLevels[byte >> 4]!;
  }
}

const nonLinearLevels = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

/** d: f16, then 32 signed bytes; x = d·q. */
export function decodeQ8_0(b: DataView, o: number, out: Float32Array, at: number): void {
  const d = half(b, o);
  for (let i = 0; i < 32; i++) out[at + i] = d * b.getInt8(o + 2 + i);
}
