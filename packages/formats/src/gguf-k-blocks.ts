import { half } from "./gguf-half.ts";

/** Decoders of GGML's 256-value "k" blocks (ggml-quants.c); each writes the values of the block at byte `o` to `out` from `at`. */

/**
 * d, dmin: f16; 12 bytes with eight 6-bit scales and eight 6-bit minima; 128 bytes of nibbles, each 32 bytes holding
 * 32 values in the low halves and the next 32 in the high halves; x = d·scale·q − dmin·minimum.
 */
export function decodeQ4_K(b: DataView, o: number, out: Float32Array, at: number): void {
  const d = half(b, o);
  const dmin = half(b, o + 2);
  for (let group = 0; group < 8; group++) {
    const [scale, minimum] = scaleAndMinimum(b, o + 4, group);
    const shift = group & 1 ? 4 : 0;
    const base = o + 16 + (group >> 1) * 32;
    for (let i = 0; i < 32; i++) {
      out[at + group * 32 + i] = d * scale * ((b.getUint8(base + i) >> shift) & 15) - dmin * minimum;
    }
  }
}

/** Scale and minimum of one of eight groups, six bits each, in twelve bytes. */
function scaleAndMinimum(b: DataView, o: number, group: number): [scale: number, minimum: number] {
  const byte = (i: number) => b.getUint8(o + i);
  if (group < 4) return [byte(group) & 63, byte(group + 4) & 63];
  return [(byte(group + 4) & 15) | ((byte(group - 4) >> 6) << 4), (byte(group + 4) >> 4) | ((byte(group) >> 6) << 4)];
}

/** As Q4_K, with 32 bytes of fifth bits (bit g of byte i belongs to value i of group g) before the nibbles. */
export function decodeQ5_K(b: DataView, o: number, out: Float32Array, at: number): void {
  const d = half(b, o);
  const dmin = half(b, o + 2);
  for (let group = 0; group < 8; group++) {
    const [scale, minimum] = scaleAndMinimum(b, o + 4, group);
    const shift = group & 1 ? 4 : 0;
    const base = o + 48 + (group >> 1) * 32;
    for (let i = 0; i < 32; i++) {
      const fifth = (b.getUint8(o + 16 + i) >> group) & 1;
      const q = ((b.getUint8(base + i) >> shift) & 15) | (fifth << 4);
      out[at + group * 32 + i] = d * scale * q - dmin * minimum;
    }
  }
}

/** 16 bytes with a 4-bit scale and a 4-bit minimum each, 64 bytes of bit pairs, d, dmin: f16; x = d·scale·q − dmin·minimum. */
export function decodeQ2_K(b: DataView, o: number, out: Float32Array, at: number): void {
  const d = half(b, o + 80);
  const dmin = half(b, o + 82);
  for (let group = 0; group < 16; group++) {
    const packed = b.getUint8(o + group);
    const [scale, minimum] = [d * (packed & 15), dmin * (packed >> 4)];
    const { base, shift } = bitPairs(group);
    for (let i = 0; i < 16; i++)
      out[at + group * 16 + i] = scale * ((b.getUint8(o + 16 + base + i) >> shift) & 3) - minimum;
  }
}

/** 32 bytes of third bits, 64 bytes of bit pairs, 12 bytes with sixteen 6-bit scales, d: f16; x = d·(scale − 32)·(q − 4). */
export function decodeQ3_K(b: DataView, o: number, out: Float32Array, at: number): void {
  const d = half(b, o + 108);
  for (let group = 0; group < 16; group++) {
    const nibbles = b.getUint8(o + 96 + (group & 7));
    const low = group < 8 ? nibbles & 15 : nibbles >> 4;
    const high = (b.getUint8(o + 104 + (group & 3)) >> (2 * (group >> 2))) & 3;
    const scale = d * ((low | (high << 4)) - 32);
    const { base, shift, pair } = bitPairs(group);
    for (let i = 0; i < 16; i++) {
      const third = (b.getUint8(o + (group & 1) * 16 + i) >> pair) & 1;
      const q = ((b.getUint8(o + 32 + base + i) >> shift) & 3) | (third << 2);
      out[at + group * 16 + i] = scale * (q - 4);
    }
  }
}

/** Where sixteen values of two bits lie: 32 bytes hold four groups of 32, one in each pair of bits. */
function bitPairs(group: number): { base: number; shift: number; pair: number } {
  const pair = group >> 1; // 0 to 7
  return { base: (pair >> 2) * 32 + (group & 1) * 16, shift: 2 * (pair & 3), pair };
}

/** d: float32, 256 signed bytes, then sums that only products need; x = d·q. */
export function decodeQ8_K(b: DataView, o: number, out: Float32Array, at: number): void {
  const d = b.getFloat32(o, true);
  for (let i = 0; i < 256; i++) out[at + i] = d * b.getInt8(o + 4 + i);
}

/** 128 bytes of low nibbles, 64 bytes of high bit pairs, 16 signed scales, d: f16; x = d·scale·(q − 32). */
export function decodeQ6_K(b: DataView, o: number, out: Float32Array, at: number): void {
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
