import { z } from "zod";
import { commonFields } from "../../layers/config.ts";

/** TrainableTokensConfig of PEFT 0.21 (`tuners/trainable_tokens/config.py`). */
export const TrainableTokensConfig = z.looseObject({
  ...commonFields,
  peft_type: z.literal("TRAINABLE_TOKENS").default("TRAINABLE_TOKENS"),
  /** Ids of the tokens. */
  token_indices: z.array(z.number().int().nonnegative()).min(1),
  /** Names of embedding tables, or one regular expression for their whole paths; left out, the input embeddings. */
  target_modules: z.union([z.array(z.string()), z.string()]).nullish(),
});
export type TrainableTokensConfig = z.infer<typeof TrainableTokensConfig>;
