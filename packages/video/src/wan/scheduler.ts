import { InputError } from "@loam/core";
import { z } from "zod";
import { euler } from "../diffusion/flow/samplers/euler.ts";
import type { Sampler } from "../diffusion/flow/samplers/sampler.ts";
import { unipc } from "../diffusion/flow/samplers/unipc.ts";
import { diffusersEulerTimes, shiftTime } from "../diffusion/flow/times.ts";

const UniPc = z.looseObject({
  _class_name: z.literal("UniPCMultistepScheduler").optional(),
  num_train_timesteps: z.number().default(1000),
  solver_order: z.union([z.literal(1), z.literal(2), z.literal(3)]).default(2),
  solver_type: z.enum(["bh1", "bh2"]).default("bh2"),
  prediction_type: z.literal("flow_prediction"),
  use_flow_sigmas: z.literal(true),
  flow_shift: z.number().default(1),
  lower_order_final: z.boolean().default(true),
  disable_corrector: z.array(z.number()).default([]),
  final_sigmas_type: z.enum(["zero", "sigma_min"]).default("zero"),
});
const Euler = z.looseObject({
  _class_name: z.literal("FlowMatchEulerDiscreteScheduler").optional(),
  num_train_timesteps: z.number().default(1000),
  shift: z.number().default(1),
  use_dynamic_shifting: z.literal(false).default(false),
  stochastic_sampling: z.literal(false).default(false),
});

/** How a folder's scheduler walks: noise levels, the times that the model is told, and the solver. */
export interface FlowSchedule {
  /** steps + 1 levels, from noise to data. */
  levels: number[];
  /** What the model is told at each level but the last, 0..1000. */
  timesteps: number[];
  sampler: Sampler;
}

/**
 * The schedule of a diffusers folder's `scheduler_config.json`.
 *
 * @throws {InputError} `bad_scheduler` naming what is not understood.
 */
export function flowSchedule(config: { _class_name?: string } & Record<string, unknown>, steps: number): FlowSchedule {
  const kind = config._class_name;
  const refuse = (problem: string) => new InputError("bad_scheduler", `scheduler_config.json: ${problem}.`);
  const parsed = kind === "FlowMatchEulerDiscreteScheduler" ? Euler.safeParse(config) : UniPc.safeParse(config);
  if (kind !== "FlowMatchEulerDiscreteScheduler" && kind !== "UniPCMultistepScheduler")
    throw refuse(
      `\`_class_name\` is ${JSON.stringify(kind)}; UniPCMultistepScheduler and FlowMatchEulerDiscreteScheduler are understood`,
    );
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(`\`${issue!.path.join(".")}\`: ${issue!.message}`);
  }
  if (kind === "FlowMatchEulerDiscreteScheduler") {
    const { shift, num_train_timesteps: trained } = parsed.data as z.infer<typeof Euler>;
    const levels = diffusersEulerTimes(steps, shift, { trainSteps: trained }).map(Math.fround);
    return { levels, timesteps: levels.slice(0, -1).map((level) => level * trained), sampler: euler };
  }
  const { flow_shift, num_train_timesteps, final_sigmas_type, ...solver } = parsed.data as z.infer<typeof UniPc>;
  const even = Array.from({ length: steps }, (_, i) => 1 + (i * (1 / num_train_timesteps - 1)) / steps);
  const shifted = even.map((u) => shiftTime(u, flow_shift));
  // At exactly 1 the logarithm of the signal would have no value.
  if (Math.abs(shifted[0]! - 1) < 1e-6) shifted[0] = 1 - 1e-6;
  const levels = [...shifted, final_sigmas_type === "zero" ? 0 : shifted.at(-1)!];
  return {
    levels: levels.map(Math.fround),
    timesteps: shifted.map((level) => Math.trunc(level * num_train_timesteps)),
    sampler: unipc({
      order: solver.solver_order,
      solver: solver.solver_type,
      withoutCorrector: solver.disable_corrector,
      lowerOrderFinal: solver.lower_order_final,
    }),
  };
}
