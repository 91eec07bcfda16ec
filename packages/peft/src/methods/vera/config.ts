import { z } from "zod";
import { commonFields, targetFields } from "../../layers/config.ts";

/** VeraConfig of PEFT 0.21 (`tuners/vera/config.py`). */
export const VeraConfig = z.looseObject({
  ...commonFields,
  ...targetFields,
  peft_type: z.literal("VERA").default("VERA"),
  r: z.number().int().positive().default(256),
  /** What the shared matrices are drawn from. */
  projection_prng_key: z.number().int().nonnegative().default(0),
  /** Whether the file holds the shared matrices; they can be drawn again. */
  save_projection: z.boolean().default(true),
  vera_dropout: z.number().min(0).max(1).default(0),
  /** Every entry of d at the start. */
  d_initial: z.number().default(0.1),
  bias: z.enum(["none", "all", "vera_only"]).default("none"),
  init_weights: z.boolean().default(true),
  fan_in_fan_out: z.boolean().default(false),
});
export type VeraConfig = z.infer<typeof VeraConfig>;
