import { ArgumentError } from "@loam/core";
import {
  codeWidth,
  createSlab,
  quantise,
  type ScanSlab,
  type Sections,
  slabRows,
  type Values,
  whole,
} from "@loam/search";

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
    this.#codeDims = codeWidth(dims);
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

  /** The vectors as arrays of an index. */
  arrays(): Map<string, Values> {
    const width = this.#codeDims;
    const codes = new Int8Array(this.#size * width);
    const scales = new Float32Array(this.#size);
    for (const [block, { slab, scales: own }] of this.#blocks.entries()) {
      const first = block * slabRows;
      const rows = Math.min(slabRows, this.#size - first);
      codes.set(slab.codes.subarray(0, rows * width), first * width);
      scales.set(own.subarray(0, rows), first);
    }
    return new Map<string, Values>([
      ["codes", codes],
      ["scales", scales],
      ["dims", Uint32Array.of(this.dims)],
    ]);
  }

  /** The vectors of {@link arrays}, a step for each block. */
  static *from(sections: Sections): Generator<void, ItemVectors> {
    const vectors = new ItemVectors(whole<Uint32Array>(sections, "dims")[0]!);
    vectors.#size = sections.length("scales");
    for (let first = 0; first < vectors.#size; first += slabRows) {
      const rows = Math.min(slabRows, vectors.#size - first);
      const slab = createSlab(vectors.#codeDims);
      const scales = new Float32Array(slabRows);
      sections.copyInto("codes", first * vectors.#codeDims, slab.codes.subarray(0, rows * vectors.#codeDims));
      sections.copyInto("scales", first, scales.subarray(0, rows));
      vectors.#blocks.push({ slab, scales });
      yield;
    }
    return vectors;
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
