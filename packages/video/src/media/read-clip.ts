import { InputError } from "@loam/core";
import type { ClipSize } from "../patches/patchify.ts";
import { withFfmpeg } from "./ffmpeg.ts";

/** The longest clip that is read, so that an endless one ends. */
const mostFrames = 4096;

/**
 * A clip [F, C, H, W] from the bytes of a file, −1 to 1, scaled and cut to fill this size; its last frame is repeated when it is too
 * short. GIF, WebP and still pictures are read here; MP4, WebM and the like by the `ffmpeg` of this machine.
 *
 * @throws {UnsupportedError} for a video file where there is no ffmpeg. @throws {InputError} `bad_clip` when it cannot be read.
 */
export async function readClip(
  bytes: Uint8Array,
  { frames, ...size }: ClipSize & { channels: number },
): Promise<Float32Array> {
  return toData(await picturesOf(bytes, size), { ...size, frames });
}

/** A clip as {@link readClip} reads it, with as many frames as it has. */
export async function readWholeClip(
  bytes: Uint8Array,
  size: Omit<ClipSize, "frames"> & { channels: number },
): Promise<Float32Array> {
  const pictures = await picturesOf(bytes, size);
  return toData(pictures, { ...size, frames: pictures.length });
}

async function picturesOf(bytes: Uint8Array, { height, width }: Side): Promise<Uint8Array[]> {
  const pictures = isPicture(bytes)
    ? await fromPicture(bytes, { height, width })
    : await fromVideo(bytes, { height, width });
  if (pictures.length === 0)
    throw new InputError("bad_clip", "The clip holds no frame.", { hint: "give a clip with one frame at least" });
  return pictures;
}

/** The first frames as values, the last one repeated where there are too few. */
function toData(
  pictures: readonly Uint8Array[],
  { frames, height, width, channels }: ClipSize & { channels: number },
): Float32Array {
  const data = new Float32Array(frames * channels * height * width);
  const plane = height * width;
  for (let f = 0; f < frames; f++) {
    const rgb = pictures[Math.min(f, pictures.length - 1)]!;
    for (let i = 0; i < plane; i++)
      if (channels === 1)
        data[f * plane + i] = (0.299 * rgb[3 * i]! + 0.587 * rgb[3 * i + 1]! + 0.114 * rgb[3 * i + 2]!) / 127.5 - 1;
      else for (let c = 0; c < 3; c++) data[(f * 3 + c) * plane + i] = rgb[3 * i + c]! / 127.5 - 1;
  }
  return data;
}

/** GIF, WebP, PNG or JPEG, by their first bytes. */
function isPicture(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 12)).toString("latin1");
  return (
    start.startsWith("GIF8") ||
    (start.startsWith("RIFF") && start.endsWith("WEBP")) ||
    start.startsWith("\x89PNG") ||
    start.startsWith("\xff\xd8\xff")
  );
}

type Side = { height: number; width: number };

async function fromPicture(bytes: Uint8Array, { height, width }: Side): Promise<Uint8Array[]> {
  const { default: sharp } = await import("sharp");
  try {
    const { pages = 1 } = await sharp(bytes).metadata();
    const pictures: Uint8Array[] = [];
    for (let page = 0; page < Math.min(pages, mostFrames); page++)
      pictures.push(
        await sharp(bytes, { page })
          .resize(width, height, { fit: "cover" })
          .flatten()
          .toColourspace("srgb")
          .raw()
          .toBuffer(),
      );
    return pictures;
  } catch (cause) {
    throw new InputError("bad_clip", `The clip cannot be read: ${(cause as Error).message}.`, {
      hint: "it may be cut; GIF, WebP and PNG are read, and MP4 and WebM where ffmpeg is installed",
      cause,
    });
  }
}

async function fromVideo(bytes: Uint8Array, { height, width }: Side): Promise<Uint8Array[]> {
  const filter = `scale=${width}:${height}:force_original_aspect_ratio=increase,crop=${width}:${height}`;
  const out = await withFfmpeg(bytes, (input) => [
    ...["-v", "error", "-protocol_whitelist", "file,pipe", "-i", input, "-vf", filter, "-frames:v", `${mostFrames}`],
    ...["-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"],
  ]);
  const each = 3 * height * width;
  return Array.from({ length: Math.floor(out.length / each) }, (_, i) => out.subarray(i * each, (i + 1) * each));
}
