import { z } from "zod";
import { commonFields } from "../../config.ts";

/** PromptTuningConfig of PEFT, with random start. */
export const PromptTuningConfig = z.looseObject({
  ...commonFields,
  peft_type: z.literal("PROMPT_TUNING").default("PROMPT_TUNING"),
  num_virtual_tokens: z.number().int().positive().default(20),
  prompt_tuning_init: z.enum(["RANDOM", "TEXT"]).default("RANDOM"),
});
export type PromptTuningConfig = z.infer<typeof PromptTuningConfig>;
