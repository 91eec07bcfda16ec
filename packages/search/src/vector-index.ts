import { ArgumentError } from "@loam/core";
import { codeWidth, createSlab, quantise, type ScanSlab, slabRows } from "./int8-scan.ts";
import { TopK } from "./top-k.ts";

/** How many more candidates than asked for the int8 scan hands to the exact scoring. */
const rescoreFactor = 10;
const rescoreFloor = 100;

/**
 * Cosine search over unit vectors. Up to `exactBelow` vectors every one is scored in float32; above, all are
 * scored in int8 and the best ten times k again in float32. Memory: 5·dims + 9 bytes a vector.
 *
 * Rows are numbered by `add` and keep their number until removed; numbers are used again.
 */
export class VectorIndex {
  readonly dims: number;
  readonly #exactBelow: number;
  /** dims rounded up to 16, the width of a SIMD step. */
  readonly #codeDims: number;
  #slabs: { slab: ScanSlab; vectors: Float32Array; scales: Float32Array }[] = [];
  #live = new Uint8Array(1024);
  #free: number[] = [];
  #rows = 0;

  constructor(dims: number, { exactBelow = 4_096 }: { exactBelow?: number } = {}) {
    if (!Number.isInteger(dims) || dims < 1) throw new ArgumentError("dims", dims, "a positive integer");
    this.dims = dims;
    this.#exactBelow = exactBelow;
    this.#codeDims = codeWidth(dims);
  }

  get size(): number {
    return this.#rows - this.#free.length;
  }

  /** Bytes held for vectors, codes and scales. */
  get sizeBytes(): number {
    return this.#slabs.length * slabRows * (this.dims * 4 + this.#codeDims + 8);
  }

  /**
   * @returns the row number of the vector.
   * @throws {ArgumentError} for a vector of another length.
   */
  add(vector: Float32Array): number {
    if (vector.length !== this.dims) {
      throw new ArgumentError("vector", `[${vector.length}]`, `a vector of ${this.dims} numbers`);
    }
    const row = this.#free.pop() ?? this.#rows++;
    if (row >= this.#slabs.length * slabRows) {
      this.#slabs.push({
        slab: createSlab(this.#codeDims),
        vectors: new Float32Array(slabRows * this.dims),
        scales: new Float32Array(slabRows),
      });
    }
    if (row >= this.#live.length) {
      const live = new Uint8Array(this.#live.length * 2);
      live.set(this.#live);
      this.#live = live;
    }
    this.#live[row] = 1;
    const { slab, vectors, scales } = this.#slabs[Math.floor(row / slabRows)]!;
    const at = row % slabRows;
    vectors.set(vector, at * this.dims);
    scales[at] = quantise(vector, slab.codes.subarray(at * this.#codeDims, (at + 1) * this.#codeDims));
    return row;
  }

  remove(row: number): void {
    if (!this.#live[row]) return;
    this.#live[row] = 0;
    this.#free.push(row);
  }

  /**
   * The k rows most similar to `query`, best first, scored by exact float32 dot product.
   *
   * @param allows says whether a row may be returned; asked before the best are chosen.
   * @throws {ArgumentError} for a query of another length.
   */
  search(
    query: Float32Array,
    {
      k,
      allows,
      method = this.size <= this.#exactBelow ? "exact" : "int8",
    }: {
      k: number;
      allows?: (row: number) => boolean;
      method?: "exact" | "int8";
    },
  ): { row: number; score: number }[] {
    if (query.length !== this.dims) {
      throw new ArgumentError("query", `[${query.length}]`, `a vector of ${this.dims} numbers`);
    }
    const best = new TopK(k);
    if (method === "exact") {
      for (let row = 0; row < this.#rows; row++) {
        if (this.#live[row] && (!allows || allows(row))) best.offer(row, this.#dot(query, row));
      }
    } else {
      for (const { id } of this.#scan(query, Math.max(k * rescoreFactor, rescoreFloor), allows)) {
        best.offer(id, this.#dot(query, id));
      }
    }
    return best.sorted().map(({ id, score }) => ({ row: id, score }));
  }

  #scan(query: Float32Array, count: number, allows?: (row: number) => boolean): { id: number }[] {
    const codes = new Int8Array(this.#codeDims);
    quantise(query, codes);
    const candidates = new TopK(count);
    this.#slabs.forEach(({ slab, scales }, s) => {
      const first = s * slabRows;
      const rows = Math.min(slabRows, this.#rows - first);
      slab.query.set(codes);
      slab.scan(rows);
      for (let i = 0; i < rows; i++) {
        const score = slab.dots[i]! * scales[i]!; // the query's own scale changes no order
        if (score > candidates.threshold && this.#live[first + i] && (!allows || allows(first + i))) {
          candidates.offer(first + i, score);
        }
      }
    });
    return candidates.sorted();
  }

  #dot(query: Float32Array, row: number): number {
    const { vectors } = this.#slabs[Math.floor(row / slabRows)]!;
    let at = (row % slabRows) * this.dims;
    let sum = 0;
    for (let i = 0; i < query.length; i++) sum += query[i]! * vectors[at++]!;
    return sum;
  }
}
