import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError, type OnProgress, ProgressMeter, Rng, throwIfCancelled } from "@loam/core";
import { float32ToFloat16, readSafetensors, toFloat32, writeSafetensors } from "@loam/formats";
import { type LatentScale, scaleLatents, workingSize } from "../codec/latent-space.ts";
import { openCodecRunner } from "../codec/run-codec.ts";
import { codecHash, type VideoCodec } from "../codec/video-codec.ts";
import type { ClipSize } from "../patches/patchify.ts";
import type { Clip, ClipSource } from "./clip-source.ts";

export interface LatentSourceOptions {
  /** Where latents are kept, in a folder named by the hash of what made them. */
  folder: string;
  /** Clips of each size, where the source draws without end. */
  clips: number;
  seed: number;
  /** Whether each channel gets unit variance, or all of them together, so that what counts little in pixels counts little in latents. */
  scaling?: LatentScaling;
  threads?: number;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

export const latentScalings = ["channel", "whole"] as const;
type LatentScaling = (typeof latentScalings)[number];

/** Clips as latents, which a transformer learns from as it does from pixels. */
export interface LatentSource extends ClipSource {
  readonly scale: LatentScale;
}

/** How many clips of one size a source gives to be kept as latents. */
export const latentCount = (source: ClipSource, clips: number): number => source.all?.count ?? clips;

/**
 * A source's clips in the space of a codec. Each clip is encoded once and kept on disk in float16, one file for each size; what is there
 * is not made again, whoever asks. Latents are the means of the codec's distributions, scaled to zero mean by channel, and to unit variance.
 *
 * @throws {InputError} `bad_codec` when codec and clips do not have the same channels; {@link CancelledError}.
 */
export async function latentSource(
  source: ClipSource,
  codec: VideoCodec,
  { folder, clips, seed, scaling = "channel", threads, signal, onProgress }: LatentSourceOptions,
): Promise<LatentSource> {
  if (codec.codec.channels !== source.channels)
    throw new InputError(
      "bad_codec",
      `The codec is for ${codec.codec.channels} channels; the clips have ${source.channels}.`,
      { hint: "train a codec on the same kind of data" },
    );
  const count = latentCount(source, clips);
  const hash = createHash("sha256")
    .update(JSON.stringify([source.hash, codecHash(codec), count, seed]))
    .digest("hex");
  const place = join(folder, hash.slice(0, 16));
  const runner = openCodecRunner(codec, { threads });
  const meter = new ProgressMeter(onProgress, { task: "latents", unit: "clip", total: count * source.sizes.length });
  const pools: Pool[] = [];
  try {
    for (const [turn, size] of source.sizes.entries()) {
      const latent = workingSize({ patch: [1, 1, 1], codec: codec.codec }, size);
      const path = join(place, `${size.frames}x${size.width}x${size.height}`);
      if (!existsSync(`${path}.safetensors`)) {
        const rng = new Rng(seed * 1_000_003 + turn);
        const each = codec.codec.latent * latent.frames * latent.height * latent.width;
        const data = new Float32Array(count * each);
        const captions: string[] = [];
        for (let i = 0; i < count; i++) {
          throwIfCancelled(signal, "Encoding clips");
          const clip = await (source.all ? source.all.read(i, size) : source.draw(rng, size));
          data.set(await runner.encode(clip.data, size), i * each);
          captions.push(clip.caption);
          meter.advance();
        }
        await writePool(path, data, { count, latent, channels: codec.codec.latent, captions });
      } else meter.advance(count);
      pools.push(await readPool(path, latent));
    }
  } finally {
    await runner.close();
  }
  const scale = scaleOf(pools, codec.codec.latent, scaling);
  for (const pool of pools) pool.data = scaleLatents(pool.data, scale, { plane: pool.size.height * pool.size.width });
  return {
    ...{ channels: codec.codec.latent, sizes: pools.map(({ size }) => size), scale, hash },
    ...{ words: source.words, maxWords: source.maxWords, aspects: {} },
    describe: () => `${source.describe()}; ${(count * pools.length).toLocaleString("en")} of them as latents`,
    draw(rng, size): Clip {
      const pool = pools.find(({ size: own }) => same(own, size))!;
      const index = rng.integer(pool.captions.length);
      const each = pool.data.length / pool.captions.length;
      const data = pool.data.subarray(index * each, (index + 1) * each);
      return { ...size, channels: codec.codec.latent, data, caption: pool.captions[index]! };
    },
  };
}

/** Latents [N, f, c, h, w] of clips of one size. */
interface Pool {
  size: ClipSize;
  data: Float32Array;
  captions: string[];
}

const same = (a: ClipSize, b: ClipSize): boolean =>
  a.frames === b.frames && a.height === b.height && a.width === b.width;

/** The file of latents comes last and at once: where it is, all is there. */
async function writePool(
  path: string,
  data: Float32Array,
  { count, latent, channels, captions }: { count: number; latent: ClipSize; channels: number; captions: string[] },
): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(`${path}.json`, JSON.stringify(captions));
  const shape = [count, latent.frames, channels, latent.height, latent.width];
  await writeSafetensors(`${path}.part`, [["latents", { dtype: "F16", shape, data: float32ToFloat16(data) }]]);
  await rename(`${path}.part`, `${path}.safetensors`);
}

async function readPool(path: string, size: ClipSize): Promise<Pool> {
  const { tensors } = await readSafetensors(`${path}.safetensors`);
  const { dtype, data } = tensors.get("latents")!;
  return { size, data: toFloat32(dtype, data), captions: JSON.parse(await readFile(`${path}.json`, "utf8")) };
}

function scaleOf(pools: readonly Pool[], channels: number, scaling: LatentScaling): LatentScale {
  const sums = Array.from({ length: channels }, () => ({ count: 0, sum: 0, square: 0 }));
  for (const { data, size } of pools) {
    const plane = size.height * size.width;
    for (let at = 0, c = 0; at < data.length; at += plane, c = (c + 1) % channels) {
      const total = sums[c]!;
      for (let i = at; i < at + plane; i++) {
        total.sum += data[i]!;
        total.square += data[i]! ** 2;
      }
      total.count += plane;
    }
  }
  const mean = sums.map(({ sum, count }) => sum / count);
  const variance = sums.map(({ square, count }, c) => square / count - mean[c]! ** 2);
  const shared = variance.reduce((sum, x) => sum + x, 0) / channels;
  return { mean, std: variance.map((own) => Math.sqrt(Math.max(1e-12, scaling === "whole" ? shared : own))) };
}
