import { z } from "zod";
import { commonFields } from "../../layers/config.ts";

/** PrefixTuningConfig of PEFT. */
export const PrefixTuningConfig = z.looseObject({
  ...commonFields,
  peft_type: z.literal("PREFIX_TUNING").default("PREFIX_TUNING"),
  /** Learned tokens that stand before the text. */
  num_virtual_tokens: z.number().int().positive().default(20),
  /** Learn the prefix through a two-layer network, which is left behind after training. */
  prefix_projection: z.boolean().default(false),
  /** Width of that network; the model's when left out. */
  encoder_hidden_size: z.number().int().positive().nullish(),
});
export type PrefixTuningConfig = z.infer<typeof PrefixTuningConfig>;
