import { z } from "zod";
import { commonFields } from "../../layers/config.ts";

/** LNTuningConfig of PEFT 0.21 (`tuners/ln_tuning/config.py`). */
export const LnTuningConfig = z.looseObject({
  ...commonFields,
  peft_type: z.literal("LN_TUNING").default("LN_TUNING"),
  /** Names of norms, or one regular expression for their whole paths; left out, every norm. */
  target_modules: z.union([z.array(z.string()), z.string()]).nullish(),
  /** Norms that are left out again, told in the same way. */
  exclude_modules: z.union([z.array(z.string()), z.string()]).nullish(),
});
export type LnTuningConfig = z.infer<typeof LnTuningConfig>;
