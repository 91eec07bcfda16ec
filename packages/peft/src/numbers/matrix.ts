/** A matrix of numbers, row-major. */
export interface Matrix {
  rows: number;
  columns: number;
  values: ArrayLike<number>;
}

/** A matrix in double precision. */
export interface Float64Matrix extends Matrix {
  values: Float64Array;
}

export function transposed({ rows, columns, values }: Matrix): Float64Matrix {
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j]!;
  return { rows: columns, columns: rows, values: result };
}

/** a [m, k] · b [k, n] → [m, n]. */
export function product(a: Matrix, b: Matrix): Float64Matrix {
  const [m, k, n] = [a.rows, a.columns, b.columns];
  const left = Float64Array.from(a.values);
  const right = Float64Array.from(b.values);
  const values = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    const row = values.subarray(i * n, (i + 1) * n);
    for (let p = 0; p < k; p++) addScaled(row, right.subarray(p * n, (p + 1) * n), left[i * k + p]!);
  }
  return { rows: m, columns: n, values };
}

/** target += factor · source. */
export function addScaled(target: Float64Array, source: Float64Array, factor: number): void {
  if (factor === 0) return;
  for (let i = 0; i < target.length; i++) target[i]! += factor * source[i]!;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
