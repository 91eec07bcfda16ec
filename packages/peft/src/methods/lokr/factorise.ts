/**
 * Splits a dimension in two factors: `factor` and the rest where it divides the dimension, else the pair with the smallest
 * sum (nearest to a square), the smaller first and at most `factor` where that is given (`factorization` of PEFT 0.21's
 * `tuners/lokr/layer.py`, after LyCORIS).
 */
export function factorise(dimension: number, factor = -1): [number, number] {
  if (factor > 0 && dimension % factor === 0) return [factor, dimension / factor];
  const limit = factor === -1 ? dimension : factor;
  let [m, n] = [1, dimension];
  let sum = m + n;
  while (m < n) {
    let next = m + 1;
    while (dimension % next !== 0) next++;
    const other = dimension / next;
    if (next + other > sum || next > limit) break;
    [m, n, sum] = [next, other, next + other];
  }
  return m > n ? [n, m] : [m, n];
}
