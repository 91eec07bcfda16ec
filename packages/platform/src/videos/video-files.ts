import { ArgumentError, type LoamError, UnsupportedError } from "@loam/core";
import { readClip, toFrames, toStill } from "@loam/video";
import type { VideoVariant } from "./video-catalogue.ts";

export const fileKinds: Record<VideoVariant, { contentType: string; extension: string }> = {
  video: { contentType: "video/mp4", extension: "mp4" },
  thumbnail: { contentType: "image/webp", extension: "webp" },
  spritesheet: { contentType: "image/jpeg", extension: "jpg" },
};

export const fileKey = (id: string, variant: VideoVariant): string => `videos/${id}/${variant}`;

export const framesKey = (id: string): string => `videos/${id}/frames`;

export const filmKey = (id: string): string => `videos/${id}/film`;

export const characterKey = (id: string): string => `videos/characters/${id}`;

export const bytesOf = (data: Float32Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Side of the picture that is kept of a character. */
const characterSide = 256;

/** The first frame of a clip as a picture file. */
export async function firstPicture(bytes: Uint8Array): Promise<Uint8Array> {
  const size = { frames: 1, height: characterSide, width: characterSide, channels: 3 };
  const frames = toFrames({ ...size, data: await readClip(bytes, size) });
  return await toStill(frames, frames.pictures[0]!, "webp");
}

/** What a file turned out to be, as the field that it came in. */
export function unreadable(name: string, expected: string, cause: unknown): LoamError {
  if (cause instanceof UnsupportedError) return cause;
  return new ArgumentError(name, "a file that cannot be read", expected, (cause as Error).message);
}
