import { throwIfCancelled } from "@loam/core";
import { cleanFrom, move, type Sampler } from "./sampler.ts";

/** Straight steps: x ← x + (t′ - t)·v(x, t). */
export const euler: Sampler = async (field, noise, times, { onStep, signal } = {}) => {
  let x: Float32Array = noise;
  const steps = times.length - 1;
  for (let i = 0; i < steps; i++) {
    throwIfCancelled(signal, "Sampling");
    const [t, next] = [times[i]!, times[i + 1]!];
    const velocity = await field(x, t);
    const clean = onStep && cleanFrom(x, velocity, t);
    x = move(x, velocity, next - t);
    if (clean) await onStep({ step: i + 1, steps, t: next, x, clean });
  }
  return x;
};
