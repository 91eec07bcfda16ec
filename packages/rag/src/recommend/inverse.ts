import { LoamError } from "@loam/core";

/**
 * Inverse of a symmetric positive definite matrix [n, n] (row-major) through its Cholesky factor, in place: the argument
 * holds the inverse afterwards. About n³ multiplications; rows are walked in memory order.
 *
 * @throws {LoamError} `not_positive_definite` naming the row where the factorisation fails.
 */
export function invertSymmetric(matrix: Float64Array, n: number): Float64Array {
  // A = LLᵀ, L kept in the lower triangle.
  for (let i = 0; i < n; i++) {
    const rowI = matrix.subarray(i * n, i * n + n);
    for (let j = 0; j <= i; j++) {
      const rowJ = matrix.subarray(j * n, j * n + n);
      let sum = rowI[j]!;
      for (let k = 0; k < j; k++) sum -= rowI[k]! * rowJ[k]!;
      if (i === j) {
        if (!(sum > 0)) {
          throw new LoamError("not_positive_definite", `The matrix is not positive definite: pivot ${i} is ${sum}.`, {
            hint: "use a larger regularisation",
          });
        }
        rowI[i] = Math.sqrt(sum);
      } else rowI[j] = sum / rowJ[j]!;
    }
  }
  // L⁻¹, kept transposed (row j holds column j of L⁻¹) so that every sum runs along rows.
  const inverse = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    const column = inverse.subarray(j * n, j * n + n);
    column[j] = 1 / matrix[j * n + j]!;
    for (let i = j + 1; i < n; i++) {
      const rowI = matrix.subarray(i * n, i * n + n);
      let sum = 0;
      for (let k = j; k < i; k++) sum -= rowI[k]! * column[k]!;
      column[i] = sum / rowI[i]!;
    }
  }
  // A⁻¹ = L⁻ᵀL⁻¹: entry (i, j) is the product of columns i and j of L⁻¹, which begin at their own index.
  for (let i = 0; i < n; i++) {
    const columnI = inverse.subarray(i * n, i * n + n);
    for (let j = 0; j <= i; j++) {
      const columnJ = inverse.subarray(j * n, j * n + n);
      let sum = 0;
      for (let k = i; k < n; k++) sum += columnI[k]! * columnJ[k]!;
      matrix[i * n + j] = sum;
      matrix[j * n + i] = sum;
    }
  }
  return matrix;
}
