import { z } from "zod";
import { commonFields } from "../../layers/config.ts";

/** BitFit has no file format elsewhere; this one follows PEFT's. */
export const BitfitConfig = z.looseObject({
  ...commonFields,
  peft_type: z.literal("BITFIT").default("BITFIT"),
  /** Gives a zero bias to each linear layer of these names that has none. */
  add_biases: z.array(z.string()).nullish(),
});
export type BitfitConfig = z.infer<typeof BitfitConfig>;
