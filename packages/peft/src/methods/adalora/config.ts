import { z } from "zod";
import { commonFields, targetFields } from "../../layers/config.ts";

/** AdaLoraConfig of PEFT. */
export const AdaloraConfig = z.looseObject({
  ...commonFields,
  ...targetFields,
  peft_type: z.literal("ADALORA").default("ADALORA"),
  lora_alpha: z.number().default(8),
  lora_dropout: z.number().min(0).max(1).default(0),
  bias: z.enum(["none", "all", "lora_only"]).default("none"),
  /** Rank of every layer at the start, and on average at the end. */
  init_r: z.number().int().positive().default(12),
  target_r: z.number().int().positive().default(8),
  /** Steps before the first cut, steps after the last one, and steps from one cut to the next. */
  tinit: z.number().int().nonnegative().default(0),
  tfinal: z.number().int().nonnegative().default(0),
  deltaT: z.number().int().positive().default(1),
  /** How much the importance and its uncertainty remember. */
  beta1: z.number().min(0).max(1).default(0.85),
  beta2: z.number().min(0).max(1).default(0.85),
  orth_reg_weight: z.number().nonnegative().default(0.5),
  total_step: z.number().int().positive().nullish(),
  /** Which ranks are left, by the name of each E, after pruning. */
  rank_pattern: z.record(z.string(), z.array(z.boolean())).nullish(),
});
export type AdaloraConfig = z.infer<typeof AdaloraConfig>;
