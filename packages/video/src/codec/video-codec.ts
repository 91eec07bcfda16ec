import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError, NotFoundError } from "@loam/core";
import { float32ToFloat16, readTextFile, SafetensorsFile, writeSafetensors } from "@loam/formats";
import { z } from "zod";
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
  readonly weights: Readonly<Record<string, { shape: readonly number[]; data: Float32Array }>>;
}

const weightsFile = "model.safetensors";

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
export async function writeVideoCodec(
  folder: string,
  { config, weights }: Pick<VideoCodec, "config" | "weights">,
  { dtype = "float32" }: { dtype?: "float32" | "float16" } = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const tensors = Object.entries(weights).map(
    ([name, { shape, data }]) =>
      [
        name,
        dtype === "float16"
          ? { dtype: "F16" as const, shape, data: float32ToFloat16(data) }
          : { dtype: "F32" as const, shape, data },
      ] as const,
  );
  const file = join(folder, weightsFile);
  await writeSafetensors(`${file}.part`, tensors, { metadata: { format: "pt" } });
  await rename(`${file}.part`, file);
  await writeFile(join(folder, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
}

/**
 * Opens a codec's folder.
 *
 * @throws {NotFoundError} when there is none. @throws {InputError} `bad_codec` when it holds something else, or weights that do
 *   not belong to its configuration.
 */
export async function openVideoCodec(folder: string): Promise<VideoCodec> {
  const path = join(folder, "config.json");
  const hint = "`loam video train` with a recipe of `kind: codec` makes one";
  if (!existsSync(path) || !existsSync(join(folder, weightsFile)))
    throw new NotFoundError("codec", folder, { hint: `it holds config.json and model.safetensors; ${hint}` });
  const bad = (problem: string) => new InputError("bad_codec", `${folder}: ${problem}`, { details: { folder }, hint });
  let json: unknown;
  try {
    json = JSON.parse(await readTextFile(path));
  } catch (cause) {
    throw bad(`config.json is not JSON (${(cause as Error).message}).`);
  }
  const parsed = ConfigFile.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw bad(`config.json is not that of a codec: \`${issue!.path.join(".")}\`: ${issue!.message}.`);
  }
  const file = await SafetensorsFile.open(join(folder, weightsFile));
  try {
    const weights: Record<string, { shape: readonly number[]; data: Float32Array }> = {};
    for (const [name, shape] of Object.entries(codecShapes(parsed.data.codec))) {
      const entry = file.entry(name);
      if (`${entry.shape}` !== `${shape}`)
        throw bad(`tensor "${name}" is [${entry.shape}]; the config makes it [${shape}].`);
      weights[name] = { shape, data: await file.readFloat32(name) };
    }
    return { config: parsed.data, codec: parsed.data.codec, weights };
  } finally {
    await file.close();
  }
}
