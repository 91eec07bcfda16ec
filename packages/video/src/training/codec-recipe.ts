import { parseFields } from "@loam/peft";
import { z } from "zod";
import { codecNorms } from "../codec/layers.ts";
import { DataRecipe, OptimizerRecipe } from "./recipe.ts";

const count = z.number().int().positive();

/** What a video autoencoder is made of and learns from: the first half of a model that works in latents. */
export const CodecRecipe = z.strictObject({
  kind: z.literal("codec"),
  data: DataRecipe,
  codec: z
    .strictObject({
      /** Side of the squares of pixels that become channels first: latents are four times smaller, and so many times again. */
      patch: count.default(1),
      /** Channels at full size; deeper ones have twice as many. */
      width: count.default(16),
      /** Channels of the latents. */
      latent: count.default(4),
      groups: count.default(4),
      /** What values are brought to one size with: groups of channels of a frame, or the channels of each place alone. */
      norm: z.enum(codecNorms).default("group"),
      /** A linear map of each block of pixels beside the convolutions, to the latents and back. It begins at the data's principal components. */
      shortcut: z.boolean().default(false),
      /** No frame sees a later one, so that an image is a clip of one frame. Frames are then odd in number. */
      causal: z.boolean().default(true),
    })
    .prefault({}),
  /** What a nat of a clip's latents costs, beside the mean squared error. */
  kl_weight: z.number().nonnegative().default(1e-6),
  optimizer: OptimizerRecipe.prefault({}),
  steps: count.default(1500),
  batch_size: count.default(4),
  ema: z.number().min(0).max(1).default(0.99),
  /** Clips of each size that it did not learn from, which its decibels are told of. */
  test_clips: count.default(8),
  checkpoint_every_steps: count.default(200),
  keep_checkpoints: count.default(2),
  seed: z.number().int().nonnegative().default(42),
  output: z.string(),
  threads: count.optional(),
});
export type CodecRecipe = z.infer<typeof CodecRecipe>;
export type CodecRecipeInput = z.input<typeof CodecRecipe>;

/** Whether something means to be the recipe of a codec. */
export const isCodecRecipe = (value: unknown): value is CodecRecipeInput =>
  typeof value === "object" && value !== null && (value as { kind?: unknown }).kind === "codec";

/** @throws {InputError} `bad_recipe` naming the field, its value and what is allowed. */
export const parseCodecRecipe = (value: unknown, name = "recipe"): CodecRecipe => parseFields(CodecRecipe, value, name);

/** Fields in which a recipe is another run than the one a checkpoint is of. */
export function codecRecipeDifferences(saved: CodecRecipe, recipe: CodecRecipe): string[] {
  const fields = ["data", "codec", "kl_weight", "batch_size", "seed"] as const;
  return fields.filter((field) => JSON.stringify(saved[field]) !== JSON.stringify(recipe[field]));
}
