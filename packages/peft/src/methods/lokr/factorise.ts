/**
 * Splits a dimension in two factors, the smaller first: the pair with the smallest sum (nearest to a square), the left one
 * at most `factor` where that is given (LyCORIS).
 */
export function factorise(dimension: number, factor = -1): [number, number] {
  if (factor > 0 && dimension % factor === 0)
    return [factor, dimension / factor].sort((a, b) => a - b) as [number, number];
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
