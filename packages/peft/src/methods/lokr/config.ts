import { z } from "zod";
import { LohaConfig } from "../loha/config.ts";

/** LoKrConfig of PEFT, for linear layers. */
export const LokrConfig = LohaConfig.extend({
  peft_type: z.literal("LOKR").default("LOKR"),
  /** Factorise the left factor too, where it is large enough. */
  decompose_both: z.boolean().default(false),
  /** Scale the rows that `rank_dropout` leaves by one over their share. */
  rank_dropout_scale: z.boolean().default(false),
  /** Size of the left factor; −1 takes the factors nearest to a square. */
  decompose_factor: z.number().int().default(-1),
});
export type LokrConfig = z.infer<typeof LokrConfig>;
