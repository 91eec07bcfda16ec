import { addScaled, dot, type Float64Matrix, type Matrix } from "./matrix.ts";

/** The reflection I − τ·vvᵀ on coordinates from `start` on. */
export interface Reflector {
  start: number;
  vector: Float64Array;
  tau: number;
}

/**
 * The reflection that takes x to (β, 0, …, 0), with β of the sign opposite to x₀ (LAPACK's `dlarfg`, but v₀ is not scaled to 1).
 * x is scaled first, so that squares neither overflow nor vanish.
 */
export function reflectorOf(x: Float64Array, start: number): Reflector & { beta: number } {
  let largest = 0;
  for (const value of x) largest = Math.max(largest, Math.abs(value));
  const vector = new Float64Array(x.length);
  if (largest === 0) return { start, vector, tau: 0, beta: 0 };
  for (let i = 0; i < x.length; i++) vector[i] = x[i]! / largest;
  if (vector.subarray(1).every((value) => value === 0)) return { start, vector, tau: 0, beta: x[0]! };
  const norm = Math.sqrt(dot(vector, vector));
  const beta = vector[0]! > 0 ? -norm : norm;
  vector[0]! -= beta;
  return { start, vector, tau: 2 / dot(vector, vector), beta: beta * largest };
}

/** Rows of `target` from the reflector's start on, columns from `from` on, are reflected in place. */
export function reflectRows({ start, vector, tau }: Reflector, target: Float64Matrix, from = 0): void {
  if (tau === 0) return;
  const { columns, values } = target;
  const row = (i: number) => values.subarray((start + i) * columns + from, (start + i + 1) * columns);
  const weights = new Float64Array(columns - from); // vᵀM
  for (let i = 0; i < vector.length; i++) addScaled(weights, row(i), vector[i]!);
  for (let i = 0; i < vector.length; i++) addScaled(row(i), weights, -tau * vector[i]!);
}

/** Columns of `target` from the reflector's start on, rows from `from` on, are reflected in place. */
export function reflectColumns({ start, vector, tau }: Reflector, target: Float64Matrix, from = 0): void {
  if (tau === 0) return;
  const { rows, columns, values } = target;
  for (let i = from; i < rows; i++) {
    const row = values.subarray(i * columns + start, (i + 1) * columns);
    addScaled(row, vector, -tau * dot(row, vector));
  }
}

/** H₀·H₁·…·M in place, for reflectors in the order they were found. */
export function undoReflections(reflectors: readonly Reflector[], target: Float64Matrix): void {
  for (let i = reflectors.length - 1; i >= 0; i--) reflectRows(reflectors[i]!, target);
}

/** A [m, n] = QR: Q as reflectors, R [n, n] upper triangular, its diagonal signed as LAPACK does. m ≥ n. */
export function qrReflectors(matrix: Matrix): { reflectors: Reflector[]; r: Float64Matrix } {
  const { rows: m, columns: n } = matrix;
  const work: Float64Matrix = { rows: m, columns: n, values: Float64Array.from(matrix.values) };
  const reflectors: Reflector[] = [];
  const r = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    const column = Float64Array.from({ length: m - j }, (_, i) => work.values[(j + i) * n + j]!);
    const { beta, ...reflector } = reflectorOf(column, j);
    reflectors.push(reflector);
    if (j + 1 < n) reflectRows(reflector, work, j + 1);
    r[j * n + j] = beta;
    r.set(work.values.subarray(j * n + j + 1, (j + 1) * n), j * n + j + 1);
  }
  return { reflectors, r: { rows: n, columns: n, values: r } };
}

/** A [m, n] = QR with Q [m, k], R [k, n], k = min(m, n): `torch.linalg.qr` with mode `reduced`. */
export function reducedQr(matrix: Matrix): { q: Float64Matrix; r: Float64Matrix } {
  const { rows: m, columns: n } = matrix;
  const k = Math.min(m, n);
  const values = Float64Array.from(matrix.values);
  const square = { rows: m, columns: k, values: new Float64Array(m * k) };
  for (let i = 0; i < m; i++) square.values.set(values.subarray(i * n, i * n + k), i * k);
  const { reflectors, r: leading } = qrReflectors(square);
  const work: Float64Matrix = { rows: m, columns: n, values };
  if (n > k) for (const reflector of reflectors) reflectRows(reflector, work);
  const r = new Float64Array(k * n);
  for (let i = 0; i < k; i++) {
    r.set(leading.values.subarray(i * k + i, (i + 1) * k), i * n + i);
    if (n > k) r.set(work.values.subarray(i * n + k, (i + 1) * n), i * n + k);
  }
  const q: Float64Matrix = { rows: m, columns: k, values: new Float64Array(m * k) };
  for (let i = 0; i < k; i++) q.values[i * k + i] = 1;
  undoReflections(reflectors, q);
  return { q, r: { rows: k, columns: n, values: r } };
}
