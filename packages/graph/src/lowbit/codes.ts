/** A small set of numbers that weights are rounded to, in the order of their codes. */
export type Codebook = Float32Array;

/** NormalFloat4 (arXiv:2305.14314 appendix E): quantiles of the normal distribution, code 7 is zero. */
export const nf4: Codebook = Float32Array.of(
  -1.0,
  -0.6961928009986877,
  -0.5250730514526367,
  -0.39491748809814453,
  -0.28444138169288635,
  -0.18477343022823334,
  -0.09105003625154495,
  0.0,
  0.07958029955625534,
  0.16093020141124725,
  0.24611230194568634,
  0.33791524171829224,
  0.44070982933044434,
  0.5626170039176941,
  0.7229568362236023,
  1.0,
);

/** A 4-bit float (sign, two exponent bits, one mantissa bit) in bit-pattern order, scaled to 1, as in bitsandbytes. */
export const fp4: Codebook = Float32Array.of(0, 0.0625, 8, 12, 4, 6, 2, 3, 0, -0.0625, -8, -12, -4, -6, -2, -3).map(
  (x) => x / 12,
);

/**
 * The dynamic 8-bit data type (arXiv:1511.04561, arXiv:2110.02861 §2.1): seven decades, each with twice the fraction
 * of the one below, in ascending order. Float32 arithmetic as in bitsandbytes' `create_dynamic_map`.
 */
export function dynamicMap({ signed = true }: { signed?: boolean } = {}): Codebook {
  const numbers = [0, 1];
  for (let decade = 0; decade < 7; decade++) {
    const boundaries = linspace(0.1, 1, 2 ** (decade + (signed ? 0 : 1)) + 1);
    const scale = Math.fround(10 ** (decade - 6));
    for (let i = 0; i + 1 < boundaries.length; i++) {
      const mean = Math.fround(Math.fround(boundaries[i]! + boundaries[i + 1]!) / 2);
      numbers.push(Math.fround(scale * mean));
      if (signed) numbers.push(-Math.fround(scale * mean));
    }
  }
  while (numbers.length < 256) numbers.push(0);
  return Float32Array.from(numbers).sort();
}

/** PyTorch's `linspace`: counts from both ends, each entry rounded once (a fused multiply-add). */
function linspace(start: number, end: number, count: number): Float32Array {
  const [first, last] = [Math.fround(start), Math.fround(end)];
  const step = Math.fround(Math.fround(last - first) / (count - 1));
  return Float32Array.from({ length: count }, (_, i) =>
    i < count / 2 ? first + step * i : last - step * (count - 1 - i),
  );
}

/** Rounds to the nearest entry of a codebook; halfway between two, to the smaller. */
export function nearestCode(codebook: Codebook): (x: number) => number {
  const order = Array.from(codebook.keys()).sort((i, j) => codebook[i]! - codebook[j]! || i - j);
  const midpoints = Float32Array.from({ length: order.length - 1 }, (_, i) =>
    Math.fround(Math.fround(codebook[order[i]!]! + codebook[order[i + 1]!]!) / 2),
  );
  return (x) => {
    let [low, high] = [0, midpoints.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (x > midpoints[middle]!) low = middle + 1;
      else high = middle;
    }
    return order[low]!;
  };
}
