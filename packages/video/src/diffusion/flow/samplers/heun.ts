import { throwIfCancelled } from "@loam/core";
import { cleanFrom, move, type Sampler } from "./sampler.ts";

/**
 * Heun's second-order steps: the mean of the velocities at both ends of a straight step. Two evaluations a step.
 *
 * @param lastStep "euler" asks for no velocity at t = 0, where a predicted x has none
 */
export const heun =
  ({ lastStep = "euler" }: { lastStep?: "euler" | "heun" } = {}): Sampler =>
  async (field, noise, times, { onStep, signal } = {}) => {
    let x: Float32Array = noise;
    const steps = times.length - 1;
    for (let i = 0; i < steps; i++) {
      throwIfCancelled(signal, "Sampling");
      const [t, next] = [times[i]!, times[i + 1]!];
      const velocity = await field(x, t);
      const clean = onStep && cleanFrom(x, velocity, t);
      const straight = move(x, velocity, next - t);
      if (lastStep === "euler" && i === steps - 1) x = straight;
      else {
        const there = await field(straight, next);
        x = x.map((at, j) => at + ((next - t) / 2) * (velocity[j]! + there[j]!));
      }
      if (clean) await onStep({ step: i + 1, steps, t: next, x, clean });
    }
    return x;
  };
