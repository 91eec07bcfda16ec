import { z } from "zod";
import { commonFields, targetFields } from "../../config.ts";
import { patternValue } from "../../targets.ts";

/** LoraConfig of PEFT. */
export const LoraConfig = z.looseObject({
  ...commonFields,
  ...targetFields,
  peft_type: z.literal("LORA").default("LORA"),
  /** The rank. */
  r: z.number().int().positive().default(8),
  lora_alpha: z.number().default(8),
  lora_dropout: z.number().min(0).max(1).default(0),
  bias: z.enum(["none", "all", "lora_only"]).default("none"),
  /** Scale by α/√r instead of α/r (arXiv:2312.03732). */
  use_rslora: z.boolean().default(false),
  /** Learn the magnitude of each output apart from its direction (arXiv:2402.09353). */
  use_dora: z.boolean().default(false),
  /** Another r or α for layers whose path ends so. */
  rank_pattern: z.record(z.string(), z.number().int().positive()).nullish(),
  alpha_pattern: z.record(z.string(), z.number()).nullish(),
  fan_in_fan_out: z.boolean().default(false),
});
export type LoraConfig = z.infer<typeof LoraConfig>;

/** The rank of one layer. */
export function rankOf(config: LoraConfig, path: string): number {
  return patternValue(config.rank_pattern, path) ?? config.r;
}

/** What B·A is multiplied by in one layer. */
export function scalingOf(config: LoraConfig, path: string): number {
  const [r, alpha] = [rankOf(config, path), patternValue(config.alpha_pattern, path) ?? config.lora_alpha];
  return config.use_rslora ? alpha / Math.sqrt(r) : alpha / r;
}
