import { z } from "zod";

/** What an AdapterHub `adapter_config.json` has under `config`. */
const BottleneckOptions = z.looseObject({
  /** Adapters after the attention, and after the feed-forward network. */
  mh_adapter: z.boolean().default(false),
  output_adapter: z.boolean().default(true),
  reduction_factor: z.number().positive().default(16),
  non_linearity: z.enum(["relu", "swish", "silu", "gelu", "tanh", "sigmoid"]).default("relu"),
  original_ln_before: z.boolean().default(false),
  original_ln_after: z.literal(true).default(true),
  residual_before_ln: z.literal(true).default(true),
  is_parallel: z.boolean().default(false),
  scaling: z.number().default(1),
  init_weights: z.enum(["bert", "mam_adapter"]).default("bert"),
  dropout: z.number().min(0).max(1).default(0),
  leave_out: z.array(z.number().int()).default([]),
  // Variants that Loam does not compute.
  ln_before: z.literal(false).default(false),
  ln_after: z.literal(false).default(false),
  adapter_residual_before_ln: z.literal(false).default(false),
  cross_adapter: z.literal(false).default(false),
  phm_layer: z.literal(false).default(false),
  use_gating: z.literal(false).default(false),
  inv_adapter: z.null().default(null),
});
export type BottleneckOptions = z.infer<typeof BottleneckOptions>;

/** AdapterHub's presets: Pfeiffer's, Houlsby's and the parallel one. */
export const bottleneckPresets = {
  seq_bn: { original_ln_before: true },
  double_seq_bn: { mh_adapter: true, non_linearity: "swish" },
  par_bn: { is_parallel: true, scaling: 4, init_weights: "mam_adapter", reduction_factor: 2 },
} as const;

export const BottleneckConfig = z.looseObject({
  peft_type: z.literal("BOTTLENECK").default("BOTTLENECK"),
  name: z
    .string()
    .regex(/^[^.]+$/)
    .default("loam"),
  config: z.preprocess(
    (value) => (typeof value === "string" ? bottleneckPresets[value as keyof typeof bottleneckPresets] : value),
    BottleneckOptions,
  ),
});
export type BottleneckConfig = z.infer<typeof BottleneckConfig>;
