import { ArgumentError, NotFoundError } from "@loam/core";

export interface ScheduleOptions {
  /** The peak. */
  learningRate: number;
  warmupSteps?: number;
  totalSteps: number;
  /** Waves of a cosine; for "cosine" half a wave, for "cosine_with_restarts" whole ones. */
  cycles?: number;
  /** The lowest rate as a share of the peak, for the schedules that end above 0. */
  minRatio?: number;
  /** "polynomial": the exponent and the final rate. */
  power?: number;
  endLearningRate?: number;
  /** "warmup_stable_decay": the length of the final fall. */
  decaySteps?: number;
}

const wave = (progress: number, cycles: number) => 0.5 * (1 + Math.cos(2 * Math.PI * cycles * progress));

type Decay = (progress: number, options: Required<ScheduleOptions>, step: number) => number;

/** Each schedule after its warm-up, as a share of the peak; `progress` runs from 0 to 1. */
const decays = {
  constant: () => 1,
  constant_with_warmup: () => 1,
  linear: (progress) => Math.max(0, 1 - progress),
  cosine: (progress, { cycles }) => Math.max(0, wave(progress, cycles)),
  cosine_with_restarts: (progress, { cycles }) => (progress >= 1 ? 0 : wave((cycles * progress) % 1, 0.5)),
  cosine_with_min_lr: (progress, { cycles, minRatio }) =>
    Math.max(0, wave(progress, cycles) * (1 - minRatio) + minRatio),
  inverse_sqrt: (_, { warmupSteps }, step) => {
    const timescale = warmupSteps || 10_000;
    return 1 / Math.sqrt((step + timescale - warmupSteps) / timescale);
  },
  polynomial: (progress, { learningRate, endLearningRate, power }) =>
    progress > 1
      ? endLearningRate / learningRate
      : ((learningRate - endLearningRate) * (1 - progress) ** power + endLearningRate) / learningRate,
  warmup_stable_decay: (_, { totalSteps, decaySteps, minRatio }, step) => {
    const progress = (step - (totalSteps - decaySteps)) / Math.max(1, decaySteps);
    return progress < 0 ? 1 : progress >= 1 ? minRatio : wave(progress, 0.5) * (1 - minRatio) + minRatio;
  },
} satisfies Record<string, Decay>;

export type ScheduleName = keyof typeof decays;
export const scheduleNames = Object.keys(decays) as ScheduleName[];

/**
 * The learning rate of each step (from 0), by the names and formulas of `transformers.get_scheduler`. With a warm-up
 * the first step's rate is 0.
 *
 * @throws {NotFoundError} for an unknown name.
 * @throws {ArgumentError} for a negative learning rate or no steps.
 */
export function schedule(name: ScheduleName, options: ScheduleOptions): (step: number) => number {
  if (!Object.hasOwn(decays, name)) throw new NotFoundError("schedule", name, { known: scheduleNames });
  const { learningRate, warmupSteps = 0, totalSteps } = options;
  if (!(learningRate >= 0)) throw new ArgumentError("learningRate", learningRate, "a number of at least 0");
  if (!(totalSteps > 0)) throw new ArgumentError("totalSteps", totalSteps, "a positive number of steps");
  const complete: Required<ScheduleOptions> = {
    warmupSteps,
    cycles: name === "cosine_with_restarts" ? 1 : 0.5,
    minRatio: 0,
    power: 1,
    endLearningRate: 1e-7,
    decaySteps: totalSteps - warmupSteps,
    ...options,
  };
  const decay: Decay = decays[name];
  return (step) => {
    if (name !== "constant" && step < warmupSteps) return (learningRate * step) / Math.max(1, warmupSteps);
    return learningRate * decay((step - warmupSteps) / Math.max(1, totalSteps - warmupSteps), complete, step);
  };
}
