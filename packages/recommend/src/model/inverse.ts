import { LoamError } from "@loam/core";

/**
 * Inverse of a symmetric positive definite matrix [n, n] (row-major) through its Cholesky factor, in place: the argument
 * holds the inverse afterwards. About n³ multiplications; rows are walked in memory order, and each is a step.
 *
 * @throws {LoamError} `not_positive_definite` naming the row where the factorisation fails.
 */
export function* invertSymmetric(matrix: Float64Array, n: number): Generator<void, Float64Array> {
  // A = LLᵀ, L kept in the lower triangle.
  for (let i = 0; i < n; i++) {
    const rowI = matrix.subarray(i * n, i * n + n);
    for (let j = 0; j < i; j++) {
      const rowJ = matrix.subarray(j * n, j * n + n);
      rowI[j] = (rowI[j]! - dot(rowI, rowJ, 0, j)) / rowJ[j]!;
    }
    const pivot = rowI[i]! - dot(rowI, rowI, 0, i);
    if (!(pivot > 0)) {
      throw new LoamError("not_positive_definite", `The matrix is not positive definite: pivot ${i} is ${pivot}.`, {
        hint: "use a larger regularisation",
      });
    }
    rowI[i] = Math.sqrt(pivot);
    yield;
  }
  // L⁻¹, kept transposed (row j holds column j of L⁻¹) so that every sum runs along rows.
  const inverse = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    const column = inverse.subarray(j * n, j * n + n);
    column[j] = 1 / matrix[j * n + j]!;
    for (let i = j + 1; i < n; i++) {
      const rowI = matrix.subarray(i * n, i * n + n);
      column[i] = -dot(rowI, column, j, i) / rowI[i]!;
    }
    yield;
  }
  // A⁻¹ = L⁻ᵀL⁻¹: entry (i, j) is the product of columns i and j of L⁻¹, which begin at their own index.
  for (let i = 0; i < n; i++) {
    const columnI = inverse.subarray(i * n, i * n + n);
    for (let j = 0; j <= i; j++) {
      const sum = dot(columnI, inverse.subarray(j * n, j * n + n), i, n);
      matrix[i * n + j] = sum;
      matrix[j * n + i] = sum;
    }
    yield;
  }
  return matrix;
}

/** Σ a[k]·b[k] for k in [from, to); four sums at a time, since each addition waits for the one before. */
function dot(a: Float64Array, b: Float64Array, from: number, to: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let k = from;
  for (; k + 4 <= to; k += 4) {
    s0 += a[k]! * b[k]!;
    s1 += a[k + 1]! * b[k + 1]!;
    s2 += a[k + 2]! * b[k + 2]!;
    s3 += a[k + 3]! * b[k + 3]!;
  }
  for (; k < to; k++) s0 += a[k]! * b[k]!;
  return s0 + s1 + (s2 + s3);
}
