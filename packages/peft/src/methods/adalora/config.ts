import { z } from "zod";
import { commonFields, targetFields } from "../../layers/config.ts";

/** AdaLoraConfig of PEFT. */
export const AdaloraConfig = z.looseObject({
  ...commonFields,
  ...targetFields,
  peft_type: z.literal("ADALORA").default("ADALORA"),
  /** α: what the change is multiplied by, over `init_r`. */
  lora_alpha: z.number().default(8),
  /** Share of the inputs that a training step leaves out. */
  lora_dropout: z.number().min(0).max(1).default(0),
  /** Biases that are trained too: none, all of the model, or those of the adapted layers. */
  bias: z.enum(["none", "all", "lora_only"]).default("none"),
  /** Rank of every layer at the start. */
  init_r: z.number().int().positive().default(12),
  /** Rank that the layers have on average at the end. */
  target_r: z.number().int().positive().default(8),
  /** Steps before the first cut. */
  tinit: z.number().int().nonnegative().default(0),
  /** Steps after the last cut. */
  tfinal: z.number().int().nonnegative().default(0),
  /** Steps from one cut to the next. */
  deltaT: z.number().int().positive().default(1),
  /** How much the importance of a rank remembers. */
  beta1: z.number().min(0).max(1).default(0.85),
  /** How much the uncertainty of the importance remembers. */
  beta2: z.number().min(0).max(1).default(0.85),
  /** Weight of the penalty that keeps the factors orthogonal. */
  orth_reg_weight: z.number().nonnegative().default(0.5),
  /** Steps of the whole training, which the cuts are spread over; the recipe's when left out. */
  total_step: z.number().int().positive().nullish(),
  /** Which ranks are left, by the name of each E, after pruning. */
  rank_pattern: z.record(z.string(), z.array(z.boolean())).nullish(),
});
export type AdaloraConfig = z.infer<typeof AdaloraConfig>;
