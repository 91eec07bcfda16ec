import { z } from "zod";
import { commonFields, isUnused, refuseUnsupported, targetFields } from "../../layers/config.ts";

/** LoHaConfig of PEFT, for linear layers. */
export const LohaConfig = z.looseObject({
  ...commonFields,
  ...targetFields,
  peft_type: z.literal("LOHA").default("LOHA"),
  /** The rank of each of the two products. */
  r: z.number().int().positive().default(8),
  /** α: what the change is multiplied by, over the rank. */
  alpha: z.number().default(8),
  /** Share of the rows of ΔW that a training step leaves out. */
  rank_dropout: z.number().min(0).max(1).default(0),
  /** Share of the layers that a training step leaves out whole. */
  module_dropout: z.number().min(0).max(1).default(0),
  /** Another rank for layers whose path ends so. */
  rank_pattern: z.record(z.string(), z.number().int().positive()).nullish(),
  /** Another α for layers whose path ends so. */
  alpha_pattern: z.record(z.string(), z.number()).nullish(),
});
export type LohaConfig = z.infer<typeof LohaConfig>;

/** @throws {UnsupportedError} for ABBA (PEFT 0.21), whose two products have ranks and scales of their own. */
export function checkLoha(json: Readonly<Record<string, unknown>>): void {
  refuseUnsupported("LOHA", json, {
    r2: isUnused,
    use_khatri_rao: (value) => value === false || value === "auto",
    init_weights: (value) => typeof value === "boolean",
  });
}
