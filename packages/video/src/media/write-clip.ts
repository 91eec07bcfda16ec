import { mkdir, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { ArgumentError } from "@loam/core";
import type { Frames } from "./frames.ts";
import { toMp4 } from "./mp4.ts";
import { toAnimation, toPng } from "./pictures.ts";
import { toWebm } from "./webm.ts";

/** File kinds that a clip can be written as. */
const clipFormats = ["mp4", "webm", "webp", "gif"] as const;
export type ClipFormat = (typeof clipFormats)[number];

/** A clip as the bytes of a file. */
export async function encodeClip(frames: Frames, format: ClipFormat, framesPerSecond: number): Promise<Uint8Array> {
  if (format === "mp4") return await toMp4(frames, { framesPerSecond });
  if (format === "webm") return await toWebm(frames, { framesPerSecond });
  return await toAnimation(frames, { format, framesPerSecond });
}

/** The kind that a file's name asks for. @throws {ArgumentError} naming those that there are. */
export function clipFormatOf(path: string): ClipFormat {
  const kind = extname(path).slice(1).toLowerCase();
  const format = clipFormats.find((known) => known === kind);
  if (!format) throw new ArgumentError("out", path, `a file ending in ${clipFormats.map((f) => `.${f}`).join(", ")}`);
  return format;
}

/** Writes a clip; its name says which kind of file. */
export async function writeClip(path: string, frames: Frames, { framesPerSecond }: { framesPerSecond: number }) {
  const bytes = await encodeClip(frames, clipFormatOf(path), framesPerSecond);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

/** Writes each frame as `000.png`, `001.png`, … */
export async function writePngs(folder: string, frames: Frames): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [i, picture] of frames.pictures.entries())
    await writeFile(join(folder, `${String(i).padStart(3, "0")}.png`), await toPng(frames, picture));
}
