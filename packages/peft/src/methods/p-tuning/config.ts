import { z } from "zod";
import { commonFields } from "../../config.ts";

/** PromptEncoderConfig of PEFT, with the MLP encoder. */
export const PTuningConfig = z.looseObject({
  ...commonFields,
  peft_type: z.literal("P_TUNING").default("P_TUNING"),
  num_virtual_tokens: z.number().int().positive().default(20),
  encoder_reparameterization_type: z.literal("MLP").default("MLP"),
  encoder_hidden_size: z.number().int().positive().nullish(),
});
export type PTuningConfig = z.infer<typeof PTuningConfig>;
