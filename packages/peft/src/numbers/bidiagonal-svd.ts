import { Rng } from "@loam/core";
import { addScaled, dot } from "./matrix.ts";

/** An upper bidiagonal matrix [n, n]: its diagonal, and what stands right of it (n − 1 numbers). */
export interface Bidiagonal {
  diagonal: Float64Array;
  superdiagonal: Float64Array;
}

/** The largest singular triplets of a bidiagonal matrix; u and v have n numbers each. */
export interface SingularTriplets {
  singularValues: Float64Array;
  left: Float64Array[];
  right: Float64Array[];
}

/**
 * The `rank` largest singular values of a bidiagonal matrix with their vectors (as LAPACK's `dbdsvdx`): they are the
 * eigenvalues of the Golub–Kahan tridiagonal matrix, whose diagonal is zero and whose off-diagonal is d₀, e₀, d₁, e₁, …;
 * values by bisection with Sturm counts, vectors (v₀, u₀, v₁, u₁, …)/√2 by inverse iteration. Nothing is squared, so small
 * values keep their precision. Vectors of zero are completed to an orthonormal set.
 */
export function bidiagonalSvd({ diagonal, superdiagonal }: Bidiagonal, rank: number): SingularTriplets {
  const n = diagonal.length;
  const off = new Float64Array(2 * n - 1);
  for (let i = 0; i < n; i++) {
    off[2 * i] = diagonal[i]!;
    if (i + 1 < n) off[2 * i + 1] = superdiagonal[i]!;
  }
  const norm = off.reduce((largest, x, i) => Math.max(largest, Math.abs(x) + Math.abs(off[i + 1] ?? 0)), 0);
  const singularValues = Float64Array.from({ length: rank }, (_, i) => eigenvalue(off, i, norm));
  const rng = new Rng(0);
  const left: Float64Array[] = [];
  const right: Float64Array[] = [];
  const negligible = Number.EPSILON * norm * n;
  for (const [i, sigma] of singularValues.entries()) {
    if (sigma <= negligible) {
      singularValues[i] = 0;
      left.push(orthonormalTo(left, n, rng));
      right.push(orthonormalTo(right, n, rng));
      continue;
    }
    const { u, v } = tripletAt(off, sigma, norm, { left, right, singularValues, rng });
    left.push(u);
    right.push(v);
  }
  return { singularValues, left, right };
}

/** The eigenvalue with `index` larger ones, at least zero. */
function eigenvalue(off: Float64Array, index: number, norm: number): number {
  let [low, high] = [0, norm * (1 + 4 * Number.EPSILON)];
  for (let step = 0; step < 1100; step++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (largerThan(off, middle, norm) > index) low = middle;
    else high = middle;
    if (high - low <= Number.EPSILON * high) break;
  }
  return low === 0 ? 0 : (low + high) / 2;
}

/** How many eigenvalues of the tridiagonal matrix with zero diagonal are above x (Sturm's count). */
function largerThan(off: Float64Array, x: number, norm: number): number {
  const tiny = Number.MIN_VALUE / Number.EPSILON + norm * 1e-300;
  let count = 0;
  let pivot = -x;
  for (let i = 0; ; i++) {
    if (pivot > 0) count++;
    if (i === off.length) return count;
    const divisor = Math.abs(pivot) < tiny ? -tiny : pivot;
    pivot = -x - (off[i]! * off[i]!) / divisor;
  }
}

/** Inverse iteration, kept orthogonal to vectors of values so near that it could not tell them apart. */
function tripletAt(
  off: Float64Array,
  sigma: number,
  norm: number,
  { left, right, singularValues, rng }: SingularTriplets & { rng: Rng },
): { u: Float64Array; v: Float64Array } {
  const n = (off.length + 1) / 2;
  const near = left.flatMap((_, i) => (singularValues[i]! - sigma <= 1e-3 * norm ? [i] : []));
  let x: Float64Array = Float64Array.from({ length: 2 * n }, () => rng.normal());
  let u: Float64Array = new Float64Array(n);
  let v: Float64Array = new Float64Array(n);
  for (let pass = 0; pass < 5; pass++) {
    x = solveShifted(off, sigma, norm, x);
    v = Float64Array.from({ length: n }, (_, i) => x[2 * i]!);
    u = Float64Array.from({ length: n }, (_, i) => x[2 * i + 1]!);
    normalise(u);
    normalise(v);
    for (let again = 0; again < 2; again++) {
      for (const i of near) {
        addScaled(u, left[i]!, -dot(u, left[i]!));
        addScaled(v, right[i]!, -dot(v, right[i]!));
      }
      normalise(u);
      normalise(v);
    }
    for (let i = 0; i < n; i++) [x[2 * i], x[2 * i + 1]] = [v[i]!, u[i]!];
  }
  return { u, v };
}

/** Solves (T − σI)·y = x by elimination with row exchanges, and scales y to length √2 or so. */
function solveShifted(off: Float64Array, sigma: number, norm: number, x: Float64Array): Float64Array {
  const size = x.length;
  const tiny = Number.EPSILON * norm;
  const main = new Float64Array(size).fill(-sigma);
  const upper = new Float64Array(size);
  upper.set(off);
  const second = new Float64Array(size); // what row exchanges put two places right of the diagonal
  const y = x.slice();
  for (let i = 0; i + 1 < size; i++) {
    const below = off[i]!;
    if (Math.abs(below) > Math.abs(main[i]!)) {
      const factor = main[i]! / below;
      const [oldUpper, nextMain, nextUpper] = [upper[i]!, main[i + 1]!, upper[i + 1]!];
      main[i] = below;
      upper[i] = nextMain;
      second[i] = nextUpper;
      main[i + 1] = oldUpper - factor * nextMain;
      upper[i + 1] = -factor * nextUpper;
      [y[i], y[i + 1]] = [y[i + 1]!, y[i]! - factor * y[i + 1]!];
    } else {
      if (Math.abs(main[i]!) < tiny) main[i] = tiny;
      const factor = below / main[i]!;
      main[i + 1]! -= factor * upper[i]!;
      y[i + 1]! -= factor * y[i]!;
    }
  }
  let largest = 0;
  for (let i = size - 1; i >= 0; i--) {
    const rest = y[i]! - upper[i]! * (y[i + 1] ?? 0) - second[i]! * (y[i + 2] ?? 0);
    y[i] = rest / (Math.abs(main[i]!) < tiny ? tiny : main[i]!);
    largest = Math.max(largest, Math.abs(y[i]!));
    if (largest > 1e200) {
      for (let j = 0; j < size; j++) y[j]! /= largest; // right-hand sides still to come are scaled with the solution
      largest = 1;
    }
  }
  for (let i = 0; i < size; i++) y[i]! /= largest;
  return y;
}

/** A unit vector orthogonal to the given ones. */
function orthonormalTo(vectors: readonly Float64Array[], n: number, rng: Rng): Float64Array {
  const x = Float64Array.from({ length: n }, () => rng.normal());
  for (let again = 0; again < 3; again++) {
    for (const vector of vectors) addScaled(x, vector, -dot(x, vector));
    normalise(x);
  }
  return x;
}

function normalise(x: Float64Array): void {
  const norm = Math.sqrt(dot(x, x));
  if (norm > 0) for (let i = 0; i < x.length; i++) x[i]! /= norm;
}
