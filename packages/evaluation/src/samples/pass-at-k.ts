import { ArgumentError } from "@loam/core";

/**
 * pass@k (Chen et al. 2021, arXiv:2107.03374 §2.1): the chance that one of k samples is right, estimated without bias from n samples
 * of which c are right: 1 − C(n − c, k) / C(n, k). In [0, 1], higher is better.
 *
 * @throws {ArgumentError} unless 0 ≤ right ≤ samples and 1 ≤ k ≤ samples.
 */
export function passAtK(samples: number, right: number, k: number): number {
  if (!Number.isInteger(k) || k < 1 || k > samples)
    throw new ArgumentError(
      "k",
      k,
      `a whole number from 1 to the ${samples} samples`,
      "draw more samples, or take a smaller k",
    );
  if (!Number.isInteger(right) || right < 0 || right > samples)
    throw new ArgumentError("right", right, `a whole number from 0 to the ${samples} samples`);
  if (samples - right < k) return 1;
  let miss = 1;
  for (let n = samples - right + 1; n <= samples; n++) miss *= 1 - k / n;
  return 1 - miss;
}
