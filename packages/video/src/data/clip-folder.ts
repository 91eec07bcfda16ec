import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { InputError, NotFoundError, type Rng, readRows } from "@loam/core";
import { readClip } from "../media/read-clip.ts";
import type { ClipSize } from "../patches/patchify.ts";
import type { Clip, ClipSource } from "./clip-source.ts";

export interface ClipFolderOptions {
  path: string;
  size: ClipSize;
  channels?: 1 | 3;
}

const clipFiles = new Set([".gif", ".webp", ".mp4", ".webm", ".mov", ".mkv", ".png", ".jpg", ".jpeg"]);

/** Files with captions of others in the same folder: `file_name,text`. */
const captionTables = ["metadata.jsonl", "metadata.csv"];

/** Clips that are kept decoded. */
const cachedBytes = 512 * 1024 ** 2;

/**
 * A folder of clips and pictures with captions beside them: `fox.txt` for `fox.mp4`, or `metadata.jsonl`/`metadata.csv` with
 * `file_name` and `text`. A folder of PNGs is a clip too. A picture is a clip that stands still.
 *
 * @throws {InputError} `no_clips` when none has a caption. Files that have none are left out and counted.
 */
export async function clipFolder({ path, size, channels = 3 }: ClipFolderOptions): Promise<ClipSource> {
  const names = await readdir(path).catch((cause) => {
    throw new NotFoundError("folder of clips", path, { cause });
  });
  const captions = await captionsIn(path);
  const found: { name: string; caption: string }[] = [];
  let without = 0;
  const hash = createHash("sha256").update(JSON.stringify([size, channels]));
  for (const name of names.sort()) {
    const file = join(path, name);
    const isFolder = (await stat(file)).isDirectory();
    if (!isFolder && !clipFiles.has(extname(name).toLowerCase())) continue;
    const beside = join(path, `${isFolder ? name : name.slice(0, -extname(name).length)}.txt`);
    const caption = captions.get(name) ?? (existsSync(beside) ? (await readFile(beside, "utf8")).trim() : "");
    if (caption === "") without++;
    else {
      found.push({ name, caption });
      hash.update(`${name} ${(await stat(file)).size} ${caption}\n`);
    }
  }
  if (found.length === 0)
    throw new InputError("no_clips", `${path} holds no clip with a caption (${without} without).`, {
      details: { path, without },
      hint: "put a .txt beside each clip, or a metadata.jsonl with file_name and text",
    });
  const cache = new Map<string, Float32Array>();
  const each = channels * size.frames * size.height * size.width;
  const read = async (name: string): Promise<Float32Array> => {
    const known = cache.get(name);
    if (known) return known;
    const data = await readEntry(join(path, name), { ...size, channels });
    if (4 * each * (cache.size + 1) <= cachedBytes) cache.set(name, data);
    return data;
  };
  const clipAt = async (index: number): Promise<Clip> => {
    const { name, caption } = found[index]!;
    return { ...size, channels, data: await read(name), caption };
  };
  const words = [...new Set(found.flatMap(({ caption }) => wordsOf(caption)))].sort();
  return {
    channels,
    sizes: [size],
    words,
    maxWords: Math.max(...found.map(({ caption }) => wordsOf(caption).length)),
    hash: hash.digest("hex"),
    aspects: {},
    describe: () =>
      `${found.length.toLocaleString("en")} clips from ${path}${without > 0 ? `; ${without} without a caption were left out` : ""}`,
    all: { count: found.length, read: clipAt },
    draw: (rng: Rng): Promise<Clip> => clipAt(rng.integer(found.length)),
  };
}

/** As the vocabulary splits a prompt. */
const wordsOf = (caption: string): string[] =>
  caption
    .toLowerCase()
    .normalize("NFKC")
    .replaceAll(/[.,;:!?"'，。；：！？“”、]/g, " ")
    .split(/\s+/)
    .filter(Boolean);

async function captionsIn(path: string): Promise<Map<string, string>> {
  const captions = new Map<string, string>();
  for (const table of captionTables) {
    if (!existsSync(join(path, table))) continue;
    for await (const { row } of readRows(join(path, table))) {
      const { file_name, text } = row as { file_name?: unknown; text?: unknown };
      if (typeof file_name === "string" && typeof text === "string") captions.set(file_name, text.trim());
    }
  }
  return captions;
}

async function readEntry(file: string, size: ClipSize & { channels: number }): Promise<Float32Array> {
  if (!(await stat(file)).isDirectory()) return readClip(await readFile(file), size);
  const pictures = (await readdir(file))
    .filter((name) => /\.png$/i.test(name))
    .sort()
    .slice(0, size.frames);
  if (pictures.length === 0)
    throw new InputError("bad_clip", `${file} holds no PNG.`, { hint: "put the frames there as 000.png, 001.png, …" });
  const data = new Float32Array(size.frames * size.channels * size.height * size.width);
  const each = data.length / size.frames;
  for (let f = 0; f < size.frames; f++) {
    const picture = pictures[Math.min(f, pictures.length - 1)]!;
    data.set(await readClip(await readFile(join(file, picture)), { ...size, frames: 1 }), f * each);
  }
  return data;
}
