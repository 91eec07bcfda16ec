import { z } from "zod";
import { commonFields, targetFields } from "../../layers/config.ts";

/** IA3Config of PEFT. */
export const Ia3Config = z.looseObject({
  ...commonFields,
  ...targetFields,
  peft_type: z.literal("IA3").default("IA3"),
  /** Of the target modules those whose input is rescaled instead of their output. */
  feedforward_modules: z.union([z.array(z.string()), z.string()]).nullish(),
  /** Whether the base stores its weights [in, out], as GPT-2 does; for PEFT, since the base itself tells it here. */
  fan_in_fan_out: z.boolean().default(false),
});
export type Ia3Config = z.infer<typeof Ia3Config>;
