import { spawn } from "node:child_process";
import { InputError, UnsupportedError } from "@loam/core";
import type { ClipSize } from "../patches/patchify.ts";

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
  { frames, height, width, channels }: ClipSize & { channels: number },
): Promise<Float32Array> {
  const pictures = isPicture(bytes)
    ? await fromPicture(bytes, { height, width })
    : await fromVideo(bytes, { height, width });
  if (pictures.length === 0)
    throw new InputError("bad_clip", "The clip holds no frame.", { hint: "give a clip with one frame at least" });
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
  const args = ["-v", "error", "-i", "pipe:0", "-vf", filter, "-frames:v", `${mostFrames}`];
  const child = spawn("ffmpeg", [...args, "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"]);
  const [out, errors]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (part: Buffer) => out.push(part));
  child.stderr.on("data", (part: Buffer) => errors.push(part));
  child.stdin.on("error", () => {}); // it has read what it wanted
  child.stdin.end(bytes);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  }).catch((cause: NodeJS.ErrnoException) => {
    throw new UnsupportedError("Video files are read by ffmpeg, which is not on this machine.", {
      hint: "install ffmpeg, or give a GIF, a WebP or the id of a video that was made here",
      cause,
    });
  });
  if (code !== 0) {
    const why = Buffer.concat(errors).toString().trim().split("\n").at(-1)?.slice(0, 200);
    throw new InputError("bad_clip", `The clip cannot be read: ${why || `ffmpeg ended with ${code}`}.`, {
      hint: "try `ffmpeg -i FILE` to see what is wrong with it",
    });
  }
  const all = Buffer.concat(out);
  const each = 3 * height * width;
  return Array.from({ length: Math.floor(all.length / each) }, (_, i) => all.subarray(i * each, (i + 1) * each));
}
