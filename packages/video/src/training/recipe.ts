import { parseFields, readYamlFields } from "@loam/peft";
import { z } from "zod";
import { latentScalings } from "../data/latent-source.ts";

const count = z.number().int().positive();
const share = z.number().min(0).max(1);

const ClipSizeFields = z.strictObject({ frames: count, height: count, width: count });

export const DataRecipe = z.discriminatedUnion("kind", [
  z.strictObject({
    /** Digits of MNIST that drift across the picture: "a 3 moving left". */
    kind: z.literal("moving-digits"),
    /** IDX files, gzipped or not. Looked for beside the recipe, in the working directory and in `LOAM_DATA`. */
    images: z.string().default("video/train10k-images-idx3-ubyte.gz"),
    labels: z.string().default("video/train10k-labels-idx1-ubyte.gz"),
    size: ClipSizeFields.default({ frames: 16, height: 32, width: 32 }),
    digit_size: count.default(14),
    start_grid: count.default(8),
  }),
  z.strictObject({
    /** Shapes in colours that move over grounds, drawn by Loam itself: "a red circle moving left at night". */
    kind: z.literal("caption-world"),
    /** Sizes take turns from step to step. */
    sizes: z.array(ClipSizeFields).min(1).optional(),
    thing_size: count.default(14),
    start_grid: count.default(8),
    languages: z
      .array(z.enum(["en", "zh"]))
      .min(1)
      .default(["en", "zh"]),
    two_things: share.default(0),
    /** Share of the things that are digits. */
    digits: share.default(0),
    /** Share of the clips in which the camera pans over a striped ground. */
    pans: share.default(0),
  }),
  z.strictObject({
    /** Clips and pictures with captions beside them. */
    kind: z.literal("folder"),
    path: z.string(),
    size: ClipSizeFields,
    channels: z.union([z.literal(1), z.literal(3)]).default(3),
  }),
]);

const ModelRecipe = z.strictObject({
  patch: z.tuple([count, count, count]).default([8, 8, 8]),
  hidden: count.default(192),
  depth: count.default(5),
  heads: count.default(3),
  mlp_ratio: z.number().positive().default(4),
  text_dim: count.default(192),
  positions: z.enum(["sincos", "rope"]).default("sincos"),
  attention: z.enum(["full", "factorised"]).default("full"),
  /** What the network outputs; the loss is that of the velocity all the same. */
  predicts: z.enum(["velocity", "x", "eps"]).default("x"),
});

const TimesRecipe = z.strictObject({
  distribution: z.enum(["logit-normal", "uniform", "mode"]).default("logit-normal"),
  mean: z.number().default(2),
  std: z.number().positive().default(1.2),
  scale: z.number().default(1.29),
  /** Moves all times towards noise. */
  shift: z.number().positive().default(1),
});

export const OptimizerRecipe = z.strictObject({
  learning_rate: z.number().positive().default(1.5e-3),
  betas: z.tuple([share, share]).default([0.9, 0.99]),
  weight_decay: z.number().nonnegative().default(0.01),
  clip_norm: z.number().positive().default(1),
  warmup_steps: z.number().int().nonnegative().default(100),
  /** The last learning rate as a share of the first; in between it falls like a cosine. */
  min_ratio: share.default(0.02),
});

const SamplingRecipe = z.strictObject({
  sampler: z.string().default("euler"),
  steps: count.default(16),
  shift: z.number().positive().default(6),
  guidance: z.number().min(0).default(3),
});

/** What a video model is made of and learns from. */
export const VideoRecipe = z.strictObject({
  data: DataRecipe,
  /** The folder of a trained codec: the model then works in its latents instead of pixels. */
  codec: z.string().optional(),
  /** A trained model to begin with, by its folder or the name of one that comes with the package: of the same shape, and of the same words. */
  start_from: z.string().optional(),
  /** Clips of each size that are encoded and learned from, where the data has no end. */
  latent_clips: count.default(2000),
  /**
   * Whether every channel of the latents is scaled to unit variance, or all by one number (as in arXiv:2112.10752), which keeps the small
   * ones small.
   */
  latent_scale: z.enum(latentScalings).default("channel"),
  model: ModelRecipe.prefault({}),
  times: TimesRecipe.prefault({}),
  optimizer: OptimizerRecipe.prefault({}),
  steps: count.default(4300),
  batch_size: count.default(32),
  /** Share of the clips whose prompt is hidden, so that the model can be guided. */
  prompt_dropout: share.default(0.1),
  ema: share.default(0.999),
  frames_per_second: z.number().positive().max(120).default(8),
  /** How clips are made when nothing else is asked for. */
  sampling: SamplingRecipe.prefault({}),
  /** Files that are not learned from: what judges are tested on, and models compared with. */
  test: z
    .strictObject({
      images: z.string().default("video/t10k-images-idx3-ubyte.gz"),
      labels: z.string().default("video/t10k-labels-idx1-ubyte.gz"),
    })
    .prefault({}),
  /** Clips made on the way, each with the seed of its place in the list. */
  sample_prompts: z.array(z.string()).default([]),
  sample_every_steps: count.optional(),
  checkpoint_every_steps: count.default(200),
  keep_checkpoints: count.default(2),
  seed: z.number().int().nonnegative().default(42),
  output: z.string(),
  threads: count.optional(),
});
export type VideoRecipe = z.infer<typeof VideoRecipe>;
export type VideoRecipeInput = z.input<typeof VideoRecipe>;
export type OptimizerFields = z.infer<typeof OptimizerRecipe>;

/** JSON Schemas for forms: that of a recipe without its data and paths, and that of each kind of data. */
export function videoRecipeJsonSchema(): { recipe: object; data: Record<string, object> } {
  const toSchema = (schema: z.ZodType): object => z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return {
    recipe: toSchema(
      VideoRecipe.omit({
        data: true,
        test: true,
        codec: true,
        start_from: true,
        latent_clips: true,
        latent_scale: true,
      }),
    ),
    data: Object.fromEntries(DataRecipe.options.map((option) => [option.shape.kind.value, toSchema(option)])),
  };
}

/** @throws {InputError} `bad_recipe` naming the field, its value and what is allowed. */
export const parseVideoRecipe = (value: unknown, name = "recipe"): VideoRecipe => parseFields(VideoRecipe, value, name);

/** Reads a recipe from a YAML file, with fields set beside the file's. */
export const readVideoRecipe = async (
  path: string,
  { set = [] }: { set?: readonly string[] } = {},
): Promise<VideoRecipe> =>
  parseVideoRecipe(await readYamlFields(path, { set, hint: "docs/video.md shows one to start from" }), path);

/** Fields in which a recipe is another run than the one a checkpoint is of. */
export function recipeDifferences(saved: VideoRecipe, recipe: VideoRecipe): string[] {
  const fields = [
    ...(["data", "model", "start_from", "times", "batch_size", "prompt_dropout", "seed"] as const),
    ...(recipe.codec === undefined ? [] : (["latent_clips", "latent_scale"] as const)),
  ];
  // A recipe that was saved before a field was there is the same with what that field does when it is left out.
  const now = VideoRecipe.safeParse(saved).data ?? saved;
  return fields.filter((field) => JSON.stringify(now[field]) !== JSON.stringify(recipe[field]));
}
