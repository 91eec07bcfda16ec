import { endianness } from "node:os";

/** A vector as it is stored: float32, little-endian. */
export function embeddingBytes(vector: Float32Array): Uint8Array {
  return swapped(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength).slice());
}

/** The vector that {@link embeddingBytes} stored. */
export function embeddingVector(bytes: Uint8Array): Float32Array {
  return new Float32Array(swapped(bytes.slice()).buffer);
}

/** On the few machines that are big-endian the bytes of every number are turned round, in place. */
function swapped(bytes: Uint8Array): Uint8Array {
  if (endianness() === "BE") for (let i = 0; i < bytes.length; i += 4) bytes.subarray(i, i + 4).reverse();
  return bytes;
}
