import { ArgumentError } from "@loam/core";

/**
 * Which of the original steps are walked: "250" (even sections), "100,50,10" (a count for each third), "ddim50" (a fixed stride).
 *
 * @throws {ArgumentError} when there are not as many steps.
 */
export function spaceTimesteps(steps: number, spacing: string | readonly number[]): number[] {
  if (typeof spacing === "string" && spacing.startsWith("ddim")) {
    const wanted = Number(spacing.slice("ddim".length));
    for (let stride = 1; stride < steps; stride++)
      if (Math.ceil(steps / stride) === wanted) return Array.from({ length: wanted }, (_, i) => i * stride);
    throw new ArgumentError("spacing", spacing, `a number of steps that some whole stride through ${steps} gives`);
  }
  const counts = typeof spacing === "string" ? spacing.split(",").map(Number) : spacing;
  const size = Math.floor(steps / counts.length);
  const extra = steps % counts.length;
  const chosen = new Set<number>();
  let from = 0;
  for (const [i, count] of counts.entries()) {
    const length = size + (i < extra ? 1 : 0);
    if (!Number.isInteger(count) || count < 1 || count > length)
      throw new ArgumentError("spacing", spacing, `counts from 1 to ${length}, the steps of section ${i + 1}`);
    const stride = count <= 1 ? 1 : (length - 1) / (count - 1);
    let at = 0;
    for (let k = 0; k < count; k++) {
      chosen.add(from + roundHalfToEven(at));
      at += stride;
    }
    from += length;
  }
  return [...chosen].sort((a, b) => a - b);
}

function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The β's with which the chosen steps reach the same noise levels: 1 - ᾱ_t / ᾱ_before. */
export function respacedBetas(alphasCumprod: readonly number[], timesteps: readonly number[]): number[] {
  let last = 1;
  return timesteps.map((t) => {
    const beta = 1 - alphasCumprod[t]! / last;
    last = alphasCumprod[t]!;
    return beta;
  });
}
