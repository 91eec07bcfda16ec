import { z } from "zod";
import { commonFields } from "../../layers/config.ts";

/** PromptEncoderConfig of PEFT 0.21 (`tuners/p_tuning/config.py`). */
export const PTuningConfig = z.looseObject({
  ...commonFields,
  peft_type: z.literal("P_TUNING").default("P_TUNING"),
  /** Learned tokens that stand before the text. */
  num_virtual_tokens: z.number().int().positive().default(20),
  /** Training has the MLP only; what an LSTM has made is read like any other. */
  encoder_reparameterization_type: z.enum(["MLP", "LSTM"]).default("MLP"),
  /** Width of the network that makes the tokens; the model's when left out. */
  encoder_hidden_size: z.number().int().positive().nullish(),
});
export type PTuningConfig = z.infer<typeof PTuningConfig>;
