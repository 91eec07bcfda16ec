import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError, NotFoundError } from "@loam/core";
import { z } from "zod";
import {
  readFolderConfig,
  readWeights,
  type Weights,
  weightsFile,
  writeWeightsFolder,
} from "../folder/weights-folder.ts";
import { codecShapes } from "./autoencoder.ts";
import type { CodecConfig } from "./config.ts";
import { codecNorms } from "./layers.ts";

const size = z.object({ frames: z.number(), height: z.number(), width: z.number() });

/** `config.json` of a codec's folder. */
const ConfigFile = z.object({
  model_type: z.literal("loam-video-codec"),
  version: z.literal(1),
  name: z.string(),
  codec: z.object({
    channels: z.number(),
    patch: z.number().optional(),
    width: z.number(),
    latent: z.number(),
    groups: z.number(),
    norm: z.enum(codecNorms).optional(),
    shortcut: z.boolean().optional(),
    causal: z.boolean(),
  }),
  /** Sizes it was trained on, in pixels. */
  sizes: z.array(size).min(1),
  /** Decibels of clips that it was not trained on. */
  psnr: z.number().optional(),
});
export type VideoCodecConfig = z.infer<typeof ConfigFile>;

/** A trained autoencoder in memory. */
export interface VideoCodec {
  readonly config: VideoCodecConfig;
  readonly codec: CodecConfig;
  readonly weights: Weights;
}

/** A hash of everything that latents depend on. */
export function codecHash({ codec, weights }: Pick<VideoCodec, "codec" | "weights">): string {
  const hash = createHash("sha256").update(JSON.stringify(codec));
  for (const name of Object.keys(weights).sort()) {
    const { data } = weights[name]!;
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}

/** Writes a codec's folder: `config.json` and `model.safetensors`, in float32 or float16. */
export const writeVideoCodec = (
  folder: string,
  { config, weights }: Pick<VideoCodec, "config" | "weights">,
  options?: { dtype?: "float32" | "float16" },
): Promise<void> => writeWeightsFolder(folder, { config, weights }, options);

/**
 * Opens a codec's folder.
 *
 * @throws {NotFoundError} when there is none. @throws {InputError} `bad_codec` when it holds something else, or weights that do
 *   not belong to its configuration.
 */
export async function openVideoCodec(folder: string): Promise<VideoCodec> {
  const hint = "`loam video train` with a recipe of `kind: codec` makes one";
  if (!existsSync(join(folder, "config.json")) || !existsSync(join(folder, weightsFile)))
    throw new NotFoundError("codec", folder, { hint: `it holds config.json and ${weightsFile}; ${hint}` });
  const bad = (problem: string) => new InputError("bad_codec", `${folder}: ${problem}`, { details: { folder }, hint });
  const config = await readFolderConfig(folder, ConfigFile, bad);
  return { config, codec: config.codec, weights: await readWeights(folder, codecShapes(config.codec), bad) };
}
