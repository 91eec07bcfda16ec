import { float16ToFloat32 } from "./float16.ts";

const scratch = new Uint16Array(1);

/** The float16 at a byte offset. */
export function half(b: DataView, o: number): number {
  scratch[0] = b.getUint16(o, true);
  return float16ToFloat32(scratch)[0]!;
}

/** The bfloat16 at a byte offset. */
export function bfloat(b: DataView, o: number): number {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setUint32(0, b.getUint16(o, true) << 16);
  return bits.getFloat32(0);
}
