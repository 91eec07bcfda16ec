import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError, NotFoundError } from "@loam/core";
import { z } from "zod";
import { type LatentScale, patchInPixels } from "../codec/latent-space.ts";
import { openVideoCodec, type VideoCodec, writeVideoCodec } from "../codec/video-codec.ts";
import type { Prediction } from "../diffusion/flow/path.ts";
import { videoDitShapes } from "../dit/initial.ts";
import type { VideoDitConfig } from "../dit/video-dit.ts";
import {
  readFolderConfig,
  readWeights,
  type Weights,
  weightsFile,
  writeWeightsFolder,
} from "../folder/weights-folder.ts";
import type { ClipSize, PatchSize } from "../patches/patchify.ts";
import { learnedWordShapes } from "../text/learned-words.ts";
import { Vocabulary } from "../text/vocabulary.ts";

const size = z.object({ frames: z.number(), height: z.number(), width: z.number() });

/** `config.json` of a model folder. */
const ConfigFile = z.object({
  model_type: z.literal("loam-video"),
  version: z.literal(1),
  name: z.string(),
  dit: z.object({
    channels: z.number(),
    patch: z.tuple([z.number(), z.number(), z.number()]),
    hidden: z.number(),
    depth: z.number(),
    heads: z.number(),
    mlpRatio: z.number(),
    textDim: z.number(),
    positions: z.enum(["sincos", "rope"]),
    attention: z.enum(["full", "factorised"]),
  }),
  predicts: z.enum(["velocity", "x", "eps"]),
  words: z.array(z.string()),
  maxWords: z.number(),
  /** Sizes it was trained on, in pixels; the first one is made when none is asked for. */
  sizes: z.array(size).min(1),
  framesPerSecond: z.number().default(8),
  /** How clips are made unless a request says otherwise. */
  sampling: z.object({ sampler: z.string(), steps: z.number(), shift: z.number(), guidance: z.number() }),
  examples: z.array(z.string()).default([]),
  /** Of a model that works in latents: how they are scaled. Its codec is in `codec/`. */
  latents: z.object({ mean: z.array(z.number()), std: z.array(z.number()) }).optional(),
});
export type VideoModelConfig = z.infer<typeof ConfigFile>;

/** A trained model in memory. */
export interface VideoModel {
  readonly name: string;
  readonly folder?: string;
  readonly config: VideoModelConfig;
  /** Its channels and patches are those of latents where there is a codec. */
  readonly dit: VideoDitConfig;
  /** Channels of the clips it makes. */
  readonly channels: number;
  /** Frames, rows and columns of a clip that one token stands for. */
  readonly patch: PatchSize;
  /** Where clips are made in latents: what decodes them. */
  readonly codec?: VideoCodec & { scale: LatentScale };
  readonly predicts: Prediction;
  readonly vocabulary: Vocabulary;
  readonly sizes: readonly ClipSize[];
  readonly weights: Weights;
}

/** Below the model folder. */
const codecFolder = "codec";

/** Names and shapes of everything that is trained. */
export const videoModelShapes = (config: Pick<VideoModelConfig, "dit" | "words" | "maxWords">) => ({
  ...videoDitShapes(config.dit),
  ...learnedWordShapes({ words: config.words.length, maxWords: config.maxWords }, config.dit.textDim),
});

/** A model from its configuration and weights, and the codec whose latents it works in. */
export function videoModel(
  config: VideoModelConfig,
  weights: VideoModel["weights"],
  { folder, codec }: { folder?: string; codec?: VideoCodec } = {},
): VideoModel {
  const { name, dit, predicts, words, maxWords, sizes, latents } = config;
  const space = codec && latents ? { ...codec, scale: latents } : undefined;
  return {
    ...{ name, folder, config, dit, predicts, vocabulary: new Vocabulary({ words, maxWords }), sizes, weights },
    channels: space?.codec.channels ?? dit.channels,
    patch: patchInPixels({ patch: dit.patch, codec: space?.codec }),
    ...(space && { codec: space }),
  };
}

/** Writes a model folder: `config.json`, `model.safetensors` in float32 or float16, and `codec/` where there is one. */
export async function writeVideoModel(
  folder: string,
  { config, weights, codec }: Pick<VideoModel, "config" | "weights" | "codec">,
  { dtype }: { dtype?: "float32" | "float16" } = {},
): Promise<void> {
  if (codec) await writeVideoCodec(join(folder, codecFolder), codec, { dtype });
  await writeWeightsFolder(folder, { config, weights }, { dtype });
}

/**
 * Opens a model folder.
 *
 * @throws {NotFoundError} when there is none. @throws {InputError} `pickled_checkpoint` for PyTorch's own files, which may run
 *   code when they are opened; `bad_video_model` when config and weights do not belong together.
 */
export async function openVideoModel(folder: string): Promise<VideoModel> {
  const config = await readVideoConfig(folder);
  const bad = (problem: string) => badModel(folder, problem);
  if (!existsSync(join(folder, weightsFile))) {
    const pickled = ["model.pt", "model.pth", "model.ckpt", "pytorch_model.bin"].find((name) =>
      existsSync(join(folder, name)),
    );
    if (pickled)
      throw new InputError(
        "pickled_checkpoint",
        `${join(folder, pickled)} is a pickled checkpoint: opening it may run any code. Only safetensors is opened.`,
        {
          hint: `convert it where you trust it: safetensors.torch.save_file(torch.load("${pickled}", weights_only=True), "${weightsFile}")`,
        },
      );
    throw new NotFoundError("weights", join(folder, weightsFile));
  }
  const weights = await readWeights(folder, videoModelShapes(config), bad);
  const { latents, dit } = config;
  const codec = latents && (await openVideoCodec(join(folder, codecFolder)));
  if (
    codec &&
    (codec.codec.latent !== dit.channels || latents.mean.length !== dit.channels || latents.std.length !== dit.channels)
  )
    throw bad(
      `the codec has ${codec.codec.latent} channels, the transformer ${dit.channels}, their scale ${latents.mean.length}.`,
    );
  return videoModel(config, weights, { folder, codec });
}

/** What a model folder says of itself; no weights are read. @throws {NotFoundError} {@link InputError} as {@link openVideoModel} */
export async function readVideoConfig(folder: string): Promise<VideoModelConfig> {
  if (!existsSync(join(folder, "config.json")))
    throw new NotFoundError("video model", folder, { hint: `give a folder with config.json and ${weightsFile}` });
  return readFolderConfig(folder, ConfigFile, (problem) => badModel(folder, problem));
}

const badModel = (folder: string, problem: string): InputError =>
  new InputError("bad_video_model", `${folder}: ${problem}`, { details: { folder } });
