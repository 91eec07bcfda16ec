import { z } from "zod";
import { commonFields, isUnused, refuseUnsupported, targetFields } from "../../layers/config.ts";
import { patternValue } from "../../layers/targets.ts";

/** Options of PEFT 0.21's LoraConfig (`tuners/lora/config.py`) that change the numbers and are not computed here. */
const unsupported: Parameters<typeof refuseUnsupported>[2] = {
  use_qalora: isUnused,
  use_bdlora: isUnused,
  alora_invocation_tokens: isUnused,
  arrow_config: isUnused,
  kasa_config: isUnused,
  layer_replication: isUnused,
  megatron_config: isUnused,
  monteclora_config: isUnused,
  velora_config: isUnused,
  target_parameters: isUnused,
  // These change the base's weights, and a file does not say how.
  init_lora_weights: (value) => !/^(corda|loftq|lora_ga)/.test(String(value)),
};

/** LoraConfig of PEFT 0.21. */
const LoraFields = z.looseObject({
  ...commonFields,
  ...targetFields,
  peft_type: z.literal("LORA").default("LORA"),
  /** The rank. */
  r: z.number().int().positive().default(8),
  /** α: what the change is multiplied by, over the rank. */
  lora_alpha: z.number().default(8),
  /** Share of the inputs that a training step leaves out. */
  lora_dropout: z.number().min(0).max(1).default(0),
  /** Biases that are trained too: none, all of the model, or those of the adapted layers. */
  bias: z.enum(["none", "all", "lora_only"]).default("none"),
  /** Scale by α/√r instead of α/r (arXiv:2312.03732). */
  use_rslora: z.boolean().default(false),
  /** Learn the magnitude of each output apart from its direction (arXiv:2402.09353). */
  use_dora: z.boolean().default(false),
  /** Another rank for layers whose path ends so. */
  rank_pattern: z.record(z.string(), z.number().int().positive()).nullish(),
  /** Another α for layers whose path ends so. */
  alpha_pattern: z.record(z.string(), z.number()).nullish(),
  /** Whether the base stores its weights [in, out], as GPT-2 does; for PEFT, since the base itself tells it here. */
  fan_in_fan_out: z.boolean().default(false),
  /** A bias behind B, scaled with it. */
  lora_bias: z.boolean().default(false),
  /** Tokens whose embeddings are trained, and nothing else of the table; a map names modules. */
  trainable_token_indices: z
    .union([z.array(z.number().int()), z.record(z.string(), z.array(z.number().int()))])
    .nullish(),
  /** A head that is its embedding table stays it where one of the two is trained. */
  ensure_weight_tying: z.boolean().nullish(),
  /** How A and B start; see {@link initialPair}. */
  init_lora_weights: z
    .union([
      z.boolean(),
      z.enum(["gaussian", "pissa", "olora", "orthogonal", "eva", "corda", "loftq", "lora_ga"]),
      z.templateLiteral(["pissa_niter_", z.number().int().nonnegative()]),
    ])
    .default(true),
});

export const LoraConfig = LoraFields.superRefine((config, context) => {
  const refuse = (field: string, message: string) =>
    context.addIssue({ code: "custom", path: [field], message, input: config });
  if (config.lora_bias && typeof config.init_lora_weights !== "boolean")
    refuse("lora_bias", "goes with init_lora_weights true or false only");
  if (config.lora_bias && config.use_dora) refuse("lora_bias", "does not go with use_dora");
  if (typeof config.target_modules === "string" && config.target_modules !== "all-linear") {
    for (const field of ["layers_to_transform", "layers_pattern"] as const)
      if (!isUnused(config[field] ?? null)) refuse(field, "needs target_modules as a list of names");
  }
  if (!isUnused(config.layers_pattern ?? null) && (config.layers_to_transform ?? null) === null)
    refuse("layers_pattern", "needs layers_to_transform");
  if (config.init_lora_weights === "orthogonal" && config.r % 2 !== 0) refuse("r", "must be even for orthogonal");
});
export type LoraConfig = z.infer<typeof LoraConfig>;

/** @throws {UnsupportedError} for what changes the numbers and is not computed here. */
export function checkLora(json: Readonly<Record<string, unknown>>): void {
  refuseUnsupported("LORA", json, unsupported);
}

/** The rank of one layer. */
export function rankOf(config: LoraConfig, path: string): number {
  return patternValue(config.rank_pattern, path) ?? config.r;
}

/** What B·A is multiplied by in one layer. */
export function scalingOf(config: LoraConfig, path: string): number {
  const [r, alpha] = [rankOf(config, path), patternValue(config.alpha_pattern, path) ?? config.lora_alpha];
  return config.use_rslora ? alpha / Math.sqrt(r) : alpha / r;
}
