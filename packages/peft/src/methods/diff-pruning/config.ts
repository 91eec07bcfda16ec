import { z } from "zod";
import { commonFields, targetFields } from "../../layers/config.ts";

/** Diff pruning has no file format elsewhere; this one follows PEFT's. */
export const DiffPruningConfig = z.looseObject({
  ...commonFields,
  ...targetFields,
  peft_type: z.literal("DIFF_PRUNING").default("DIFF_PRUNING"),
  /** A gate for each weight matrix besides the gate of each weight. */
  structured: z.boolean().default(true),
  /** The price λ of an open gate, in nats. */
  sparsity_weight: z.number().nonnegative().default(1.25e-7),
  /** Share of the weights that stay changed after the projection. */
  keep: z.number().positive().max(1).default(0.005),
  /** Share of the steps that gates are learned in; the rest tunes the weights that stay. */
  gated_share: z.number().positive().max(1).default(0.6),
  /** α, which opens a gate, at the start. */
  initial_alpha: z.number().default(5),
  /** How much faster than the weights α learns. */
  alpha_learning_rate_factor: z.number().positive().default(10),
});
export type DiffPruningConfig = z.infer<typeof DiffPruningConfig>;
