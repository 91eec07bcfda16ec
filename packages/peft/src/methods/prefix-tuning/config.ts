import { z } from "zod";
import { commonFields } from "../../layers/config.ts";

/** PrefixTuningConfig of PEFT. */
export const PrefixTuningConfig = z.looseObject({
  ...commonFields,
  peft_type: z.literal("PREFIX_TUNING").default("PREFIX_TUNING"),
  num_virtual_tokens: z.number().int().positive().default(20),
  /** Learn the prefix through a two-layer network, which is left behind after training. */
  prefix_projection: z.boolean().default(false),
  encoder_hidden_size: z.number().int().positive().nullish(),
});
export type PrefixTuningConfig = z.infer<typeof PrefixTuningConfig>;
