import { ArgumentError, Rng } from "@loam/core";
import { bidiagonalSvd } from "./bidiagonal-svd.ts";
import {
  qrReflectors,
  type Reflector,
  reducedQr,
  reflectColumns,
  reflectorOf,
  reflectRows,
  undoReflections,
} from "./householder.ts";
import { type Float64Matrix, type Matrix, product, transposed } from "./matrix.ts";

export type { Matrix } from "./matrix.ts";

/** The largest singular triplets of a matrix [m, n]: left·diag(singularValues)·right is its best approximation of that rank. */
export interface TruncatedSvd {
  rank: number;
  /** U [m, rank], row-major, orthonormal columns. */
  left: Float64Array;
  /** Descending. */
  singularValues: Float64Array;
  /** Vᵀ [rank, n], row-major, orthonormal rows. */
  right: Float64Array;
}

/**
 * The `rank` largest singular values and vectors, in double precision: Householder bidiagonalisation (after a QR
 * decomposition where the matrix is tall, Chan 1982), then only the triplets asked for. About 8/3·n³ operations for a square
 * matrix, however small the rank; a flat spectrum takes no longer than a steep one. The sign of each pair is such that the
 * left vector's largest entry is positive.
 *
 * @throws {ArgumentError} when rank is not between 1 and min(m, n), or a value is no finite number.
 */
export function truncatedSvd(matrix: Matrix, rank: number): TruncatedSvd {
  const { rows, columns, values } = matrix;
  const most = Math.min(rows, columns);
  if (!Number.isInteger(rank) || rank < 1 || rank > most)
    throw new ArgumentError("rank", rank, `a whole number from 1 to ${most}`, `the matrix is [${rows}, ${columns}]`);
  const scale = largestOf(matrix) || 1;
  const scaled = { rows, columns, values: Float64Array.from(values, (value) => value / scale) };
  const { left, right, singularValues } = tallSvd(rows < columns ? transposed(scaled) : scaled, rank);
  for (let i = 0; i < rank; i++) singularValues[i]! *= scale;
  return rows < columns ? oriented(right, singularValues, left) : oriented(left, singularValues, right);
}

/**
 * The same by subspace iteration on a random start (Halko, Martinsson, Tropp, arXiv:0909.4061, algorithm 4.4 as
 * `torch.svd_lowrank` has it): `iterations` passes over the matrix, exact only where the spectrum falls quickly.
 */
export function randomizedSvd(
  matrix: Matrix,
  rank: number,
  { iterations, rng = new Rng(0) }: { iterations: number; rng?: Rng },
): TruncatedSvd {
  const at = transposed(matrix);
  const a = transposed(at);
  const start = Float64Array.from({ length: matrix.columns * rank }, () => rng.normal());
  let { q } = reducedQr(product(a, { rows: matrix.columns, columns: rank, values: start }));
  for (let i = 0; i < iterations; i++) {
    q = reducedQr(product(at, q)).q;
    q = reducedQr(product(a, q)).q;
  }
  const small = truncatedSvd(product(transposed(q), a), Math.min(rank, q.columns));
  const left = product(q, { rows: q.columns, columns: small.rank, values: small.left });
  return { ...small, left: left.values };
}

/** The largest magnitude. @throws {ArgumentError} naming the place of a value that is no finite number. */
function largestOf({ columns, values }: Matrix): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]!);
    if (!Number.isFinite(magnitude)) {
      const place = `row ${Math.floor(i / columns)}, column ${i % columns}`;
      throw new ArgumentError("values", values[i], "finite numbers", place);
    }
    largest = Math.max(largest, magnitude);
  }
  return largest;
}

/** m ≥ n. left [m, rank], right [n, rank]. */
function tallSvd(
  matrix: Matrix,
  rank: number,
): { left: Float64Matrix; singularValues: Float64Array; right: Float64Matrix } {
  const { rows: m, columns: n } = matrix;
  const before = m > 1.5 * n ? qrReflectors(matrix) : undefined;
  const work: Float64Matrix = before?.r ?? { rows: m, columns: n, values: Float64Array.from(matrix.values) };
  const { diagonal, superdiagonal, lefts, rights } = bidiagonalise(work);
  const small = bidiagonalSvd({ diagonal, superdiagonal }, rank);
  const right = fromColumns(small.right, n);
  undoReflections(rights, right);
  const inner = fromColumns(small.left, work.rows);
  undoReflections(lefts, inner);
  if (!before) return { left: inner, singularValues: small.singularValues, right };
  const left: Float64Matrix = { rows: m, columns: rank, values: new Float64Array(m * rank) };
  left.values.set(inner.values);
  undoReflections(before.reflectors, left);
  return { left, singularValues: small.singularValues, right };
}

/** QᵀAP = B, upper bidiagonal; A is used up. */
function bidiagonalise(work: Float64Matrix) {
  const { rows: m, columns: n, values } = work;
  const diagonal = new Float64Array(n);
  const superdiagonal = new Float64Array(Math.max(0, n - 1));
  const lefts: Reflector[] = [];
  const rights: Reflector[] = [];
  for (let j = 0; j < n; j++) {
    const column = Float64Array.from({ length: m - j }, (_, i) => values[(j + i) * n + j]!);
    const { beta, ...left } = reflectorOf(column, j);
    diagonal[j] = beta;
    lefts.push(left);
    if (j + 1 === n) break;
    reflectRows(left, work, j + 1);
    const { beta: next, ...right } = reflectorOf(values.slice(j * n + j + 1, (j + 1) * n), j + 1);
    superdiagonal[j] = next;
    rights.push(right);
    reflectColumns(right, work, j + 1);
  }
  return { diagonal, superdiagonal, lefts, rights };
}

/** Vectors as the columns of a matrix, with zeros below. */
function fromColumns(vectors: readonly Float64Array[], rows: number): Float64Matrix {
  const columns = vectors.length;
  const values = new Float64Array(rows * columns);
  for (const [j, vector] of vectors.entries())
    for (let i = 0; i < vector.length; i++) values[i * columns + j] = vector[i]!;
  return { rows, columns, values };
}

/** left [m, rank], right [n, rank], signs fixed. */
function oriented(left: Float64Matrix, singularValues: Float64Array, right: Float64Matrix): TruncatedSvd {
  const rank = singularValues.length;
  for (let k = 0; k < rank; k++) {
    let largest = 0;
    for (let i = 0; i < left.rows; i++) {
      const value = left.values[i * rank + k]!;
      if (Math.abs(value) > Math.abs(largest)) largest = value;
    }
    if (largest >= 0) continue;
    for (let i = 0; i < left.rows; i++) left.values[i * rank + k]! *= -1;
    for (let i = 0; i < right.rows; i++) right.values[i * rank + k]! *= -1;
  }
  return { rank, left: left.values, singularValues, right: transposed(right).values };
}
