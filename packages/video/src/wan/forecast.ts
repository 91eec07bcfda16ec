import type { WanAutoencoderConfig } from "./autoencoder.ts";
import type { Component } from "./component.ts";
import type { WanTransformerConfig } from "./transformer.ts";

/** What a clip is going to take. Memory is for the CPU, in bytes. */
export interface WanForecast {
  tokens: number;
  /** The text encoder is done before the transformer begins: the total is the larger of both times. */
  memory: { textEncoder: number; weights: number; activations: number; total: number };
  /** Floating-point operations of all steps. */
  flops: number;
}

export function forecastWan(
  { steps, guidance }: { steps: number; guidance: number },
  {
    transformer: { config, sizeBytes },
    vae,
    latent,
    textEncoder,
  }: {
    transformer: Pick<Component<WanTransformerConfig>, "config" | "sizeBytes">;
    vae: Component<WanAutoencoderConfig>;
    latent: readonly number[];
    textEncoder: number;
  },
): WanForecast {
  const [, frames, height, width] = latent as [number, number, number, number];
  const [pt, ph, pw] = config.patch_size;
  const tokens = Math.floor(frames / pt) * Math.floor(height / ph) * Math.floor(width / pw);
  const D = config.num_attention_heads * config.attention_head_dim;
  const perToken = config.num_layers * (2 * D * (8 * D + 2 * config.ffn_dim) + 4 * tokens * D);
  // Scores of one layer, a few rows of tokens, and the widest stage of the decoder at full size.
  const scores = 4 * config.num_attention_heads * tokens ** 2;
  const pixels = frames * vae.config.scale_factor_temporal * height * width * vae.config.scale_factor_spatial ** 2;
  const activations = Math.max(scores + 4 * tokens * (6 * D + config.ffn_dim), 4 * 3 * vae.config.base_dim * pixels);
  const weights = sizeBytes + vae.sizeBytes;
  return {
    tokens,
    flops: steps * (guidance > 1 ? 2 : 1) * tokens * perToken,
    memory: { textEncoder, weights, activations, total: Math.max(textEncoder, weights + activations) },
  };
}
