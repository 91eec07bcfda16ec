import { ArgumentError } from "@loam/core";
import { createSlab, type ScanSlab, slabRows } from "../../search/int8-scan.ts";

/**
 * Unit vectors in eight bits a number with one scale each, scanned by SIMD in blocks of 4,096 rows: a million vectors of 512
 * take half a gigabyte. The cosine is off by about 0.003.
 */
export class ItemVectors {
  readonly dims: number;
  /** `dims` rounded up to the width of a SIMD step. */
  readonly #codeDims: number;
  readonly #blocks: { slab: ScanSlab; scales: Float32Array }[] = [];
  #size = 0;

  constructor(dims: number) {
    if (!Number.isInteger(dims) || dims < 1) throw new ArgumentError("dims", dims, "a positive integer");
    this.dims = dims;
    this.#codeDims = Math.ceil(dims / 16) * 16;
  }

  get size(): number {
    return this.#size;
  }

  add(vector: Float32Array): void {
    const codes = new Int8Array(this.dims);
    this.addCodes(codes, quantise(vector, codes));
  }

  /** Adds a vector as {@link packVectors} holds it. */
  addCodes(codes: Int8Array, scale: number): void {
    const at = this.#size++ % slabRows;
    if (at === 0) this.#blocks.push({ slab: createSlab(this.#codeDims), scales: new Float32Array(slabRows) });
    const { slab, scales } = this.#blocks.at(-1)!;
    slab.codes.set(codes, at * this.#codeDims);
    scales[at] = scale;
  }

  /** The cosine of every row with a unit vector, [size]. */
  cosines(query: Float32Array): Float32Array {
    const codes = new Int8Array(this.dims);
    const queryScale = quantise(query, codes);
    const cosines = new Float32Array(this.#size);
    for (const [block, { slab, scales }] of this.#blocks.entries()) {
      const first = block * slabRows;
      const rows = Math.min(slabRows, this.#size - first);
      slab.query.fill(0);
      slab.query.set(codes);
      slab.scan(rows);
      for (let i = 0; i < rows; i++) cosines[first + i] = slab.dots[i]! * scales[i]! * queryScale;
    }
    return cosines;
  }

  /** A row as it was added, to eight bits. */
  vector(row: number): Float32Array {
    const { slab, scales } = this.#blocks[Math.floor(row / slabRows)]!;
    const at = (row % slabRows) * this.#codeDims;
    return Float32Array.from(slab.codes.subarray(at, at + this.dims), (code) => code * scales[row % slabRows]!);
  }
}

/** Writes round(127·x / max|x|) and returns the scale max|x| / 127 that undoes it. */
function quantise(vector: Float32Array, codes: Int8Array): number {
  let largest = 1e-12;
  for (const x of vector) largest = Math.max(largest, Math.abs(x));
  for (let i = 0; i < vector.length; i++) codes[i] = Math.round((vector[i]! * 127) / largest);
  return largest / 127;
}

/** Vectors as they are stored: a float32 scale for each (little-endian), then their codes. */
export function packVectors(vectors: readonly Float32Array[]): Uint8Array {
  const dims = vectors[0]?.length ?? 0;
  const bytes = new Uint8Array(vectors.length * (4 + dims));
  const scales = new DataView(bytes.buffer, 0, vectors.length * 4);
  for (const [i, vector] of vectors.entries()) {
    const codes = new Int8Array(bytes.buffer, vectors.length * 4 + i * dims, dims);
    scales.setFloat32(i * 4, quantise(vector, codes), true);
  }
  return bytes;
}

/** Adds the vectors that {@link packVectors} packed. */
export function addPacked(vectors: ItemVectors, packed: Uint8Array, count: number): void {
  const scales = new DataView(packed.buffer, packed.byteOffset, count * 4);
  const codes = new Int8Array(packed.buffer, packed.byteOffset + count * 4, count * vectors.dims);
  for (let i = 0; i < count; i++)
    vectors.addCodes(codes.subarray(i * vectors.dims, (i + 1) * vectors.dims), scales.getFloat32(i * 4, true));
}
