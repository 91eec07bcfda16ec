import { z } from "zod";
import { commonFields, targetFields } from "../../layers/config.ts";

/** VeraConfig of PEFT 0.21 (`tuners/vera/config.py`). */
export const VeraConfig = z.looseObject({
  ...commonFields,
  ...targetFields,
  peft_type: z.literal("VERA").default("VERA"),
  /** The rank of the shared matrices. */
  r: z.number().int().positive().default(256),
  /** What the shared matrices are drawn from. */
  projection_prng_key: z.number().int().nonnegative().default(0),
  /** Whether the file holds the shared matrices; they can be drawn again. */
  save_projection: z.boolean().default(true),
  /** Share of the inputs that a training step leaves out. */
  vera_dropout: z.number().min(0).max(1).default(0),
  /** Every entry of d at the start. */
  d_initial: z.number().default(0.1),
  /** Biases that are trained too: none, all of the model, or those of the adapted layers. */
  bias: z.enum(["none", "all", "vera_only"]).default("none"),
  /** Whether b starts at zero, so that nothing changes at first. */
  init_weights: z.boolean().default(true),
  /** Whether the base stores its weights [in, out], as GPT-2 does; for PEFT, since the base itself tells it here. */
  fan_in_fan_out: z.boolean().default(false),
});
export type VeraConfig = z.infer<typeof VeraConfig>;
