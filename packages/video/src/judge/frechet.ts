/** Mean and covariance of rows of numbers. */
export interface FeatureStatistics {
  mean: Float64Array;
  /** [n, n], row-major. */
  covariance: Float64Array;
  rows: number;
}

export function featureStatistics(rows: readonly ArrayLike<number>[]): FeatureStatistics {
  const n = rows[0]!.length;
  const mean = new Float64Array(n);
  for (const row of rows) for (let i = 0; i < n; i++) mean[i]! += row[i]! / rows.length;
  const covariance = new Float64Array(n * n);
  for (const row of rows)
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++)
        covariance[i * n + j]! += ((row[i]! - mean[i]!) * (row[j]! - mean[j]!)) / Math.max(1, rows.length - 1);
  return { mean, covariance, rows: rows.length };
}

/**
 * The Fréchet distance of two normals, ‖μ₁ - μ₂‖² + tr(Σ₁ + Σ₂ - 2(Σ₁Σ₂)^½) (arXiv:1706.08500 §3); lower is better, 0 is equal. It
 * falls with the number of rows: compare equal numbers only.
 */
export function frechetDistance(a: FeatureStatistics, b: FeatureStatistics): number {
  const n = a.mean.length;
  let distance = 0;
  for (let i = 0; i < n; i++)
    distance += (a.mean[i]! - b.mean[i]!) ** 2 + a.covariance[i * n + i]! + b.covariance[i * n + i]!;
  // The root of Σ₁Σ₂ has the trace of that of Σ₁^½ Σ₂ Σ₁^½, which is symmetric.
  const { values, vectors } = symmetricEigen(a.covariance, n);
  const root = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      for (let k = 0; k < n; k++)
        root[i * n + j]! += vectors[i * n + k]! * Math.sqrt(Math.max(0, values[k]!)) * vectors[j * n + k]!;
  const inner = multiply(multiply(root, b.covariance, n), root, n);
  const trace = symmetricEigen(inner, n).values.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
  return Math.max(0, distance - 2 * trace);
}

function multiply(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const product = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const factor = a[i * n + k]!;
      for (let j = 0; j < n; j++) product[i * n + j]! += factor * b[k * n + j]!;
    }
  return product;
}

/** Eigenvalues and vectors (columns) of a symmetric matrix by Jacobi's rotations (Golub and Van Loan §8.5). */
function symmetricEigen(matrix: Float64Array, n: number): { values: Float64Array; vectors: Float64Array } {
  const a = Float64Array.from(matrix);
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) off += a[p * n + q]! ** 2;
    if (off < 1e-18) break;
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const apq = a[p * n + q]!;
        if (Math.abs(apq) < 1e-300) continue;
        const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * apq);
        const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < n; k++) {
          const [akp, akq] = [a[k * n + p]!, a[k * n + q]!];
          a[k * n + p] = c * akp - s * akq;
          a[k * n + q] = s * akp + c * akq;
        }
        for (let k = 0; k < n; k++) {
          const [apk, aqk] = [a[p * n + k]!, a[q * n + k]!];
          a[p * n + k] = c * apk - s * aqk;
          a[q * n + k] = s * apk + c * aqk;
        }
        for (let k = 0; k < n; k++) {
          const [vkp, vkq] = [vectors[k * n + p]!, vectors[k * n + q]!];
          vectors[k * n + p] = c * vkp - s * vkq;
          vectors[k * n + q] = s * vkp + c * vkq;
        }
      }
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!), vectors };
}
