import { z } from "zod";

/** What an AdapterHub `adapter_config.json` has under `config`. */
const BottleneckOptions = z.looseObject({
  /** Adapters after the attention, and after the feed-forward network. */
  mh_adapter: z.boolean().default(false),
  /** Adapters after the feed-forward network. */
  output_adapter: z.boolean().default(true),
  /** The model's width over that of the bottleneck. */
  reduction_factor: z.number().positive().default(16),
  /** The function between the way down and the way up. */
  non_linearity: z.enum(["relu", "swish", "silu", "gelu", "tanh", "sigmoid"]).default("relu"),
  /** Whether the layer's own norm comes before the adapter too. */
  original_ln_before: z.boolean().default(false),
  /** The layer's own norm comes after the adapter. */
  original_ln_after: z.literal(true).default(true),
  /** The residual is added before that norm. */
  residual_before_ln: z.literal(true).default(true),
  /** Beside the network instead of after it. */
  is_parallel: z.boolean().default(false),
  /** What the adapter's output is multiplied by. */
  scaling: z.number().default(1),
  /** How the weights start: small everywhere, or zero on the way up. */
  init_weights: z.enum(["bert", "mam_adapter"]).default("bert"),
  /** Share of the inputs that a training step leaves out. */
  dropout: z.number().min(0).max(1).default(0),
  /** Blocks without adapters, counted from 0. */
  leave_out: z.array(z.number().int()).default([]),
  // Variants that Loam does not compute.
  /** A norm of the adapter's own before it: not computed here. */
  ln_before: z.literal(false).default(false),
  /** A norm of the adapter's own after it: not computed here. */
  ln_after: z.literal(false).default(false),
  /** A residual within the adapter: not computed here. */
  adapter_residual_before_ln: z.literal(false).default(false),
  /** Adapters on cross-attention: not computed here. */
  cross_adapter: z.literal(false).default(false),
  /** Hypercomplex layers (Compacter): not computed here. */
  phm_layer: z.literal(false).default(false),
  /** A gate on the adapter: not computed here. */
  use_gating: z.literal(false).default(false),
  /** Invertible adapters at the embeddings: not computed here. */
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
  /** What the adapter is called in its file. */
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
