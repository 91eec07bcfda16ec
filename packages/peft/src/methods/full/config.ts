import { z } from "zod";
import { commonFields } from "../../layers/config.ts";

const patterns = z.array(z.string());

/** Full fine-tuning has no adapter file elsewhere; this one follows PEFT's, and merging gives an ordinary model folder. */
export const FullConfig = z.looseObject({
  ...commonFields,
  peft_type: z.literal("FULL").default("FULL"),
  /** Regular expressions of weights that are trained; left out, all. */
  train: patterns.nullish(),
  /** Regular expressions of weights that stay as they are, of those that `train` names. */
  freeze: patterns.nullish(),
  /** How much slower each layer learns than the one above it (arXiv:1801.06146 §3.2); embeddings are below the first. */
  layer_lr_decay: z.number().positive().max(1).default(1),
});
export type FullConfig = z.infer<typeof FullConfig>;
