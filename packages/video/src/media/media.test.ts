import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withFfmpeg } from "./ffmpeg.ts";
import { toFrames } from "./frames.ts";
import { readWholeClip } from "./read-clip.ts";
import { clipFormatOf, encodeClip, writeClip, writePngs } from "./write-clip.ts";

const size = { frames: 16, height: 32, width: 48, channels: 3 };
/** A white square that moves one pixel a frame. */
const clip = {
  ...size,
  data: Float32Array.from({ length: 16 * 3 * 32 * 48 }, (_, i) => {
    const [frame, y, x] = [Math.floor(i / (3 * 32 * 48)), Math.floor(i / 48) % 32, i % 48];
    return y >= 8 && y < 20 && x >= 4 + frame && x < 16 + frame ? 1 : -1;
  }),
};
const frames = toFrames(clip);
let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "clips-"))));
afterAll(() => rm(folder, { recursive: true }));

const ffprobe = existsSync("/usr/bin/ffprobe");
const probe = (path: string) =>
  JSON.parse(
    execFileSync("ffprobe", ["-v", "error", "-count_frames", "-show_streams", "-show_frames", "-of", "json", path], {
      encoding: "utf8",
    }),
  );

describe("files", () => {
  test("values become bytes, grey where there is one channel, enlarged on demand", () => {
    const grey = toFrames(
      { frames: 1, height: 1, width: 2, channels: 1, data: Float32Array.of(-1.2, 0.5) },
      { scale: 2 },
    );
    expect([...grey.pictures[0]!]).toEqual(
      [...Array(2)].flatMap(() => [0, 0, 0, 0, 0, 0, 191, 191, 191, 191, 191, 191]),
    );
  });

  test.skipIf(!ffprobe)("MP4: H.264 with right times and key frames (needs ffprobe)", async () => {
    const path = join(folder, "clip.mp4");
    await writeClip(path, frames, { framesPerSecond: 8 });
    const { streams, frames: shown } = probe(path);
    expect(streams).toHaveLength(1);
    expect(streams[0]).toMatchObject({
      codec_name: "h264",
      width: 48,
      height: 32,
      nb_read_frames: "16",
      avg_frame_rate: "8/1",
    });
    expect(Number(streams[0].duration)).toBeCloseTo(2, 3);
    expect(shown.map((frame: { pts_time: string }) => Number(frame.pts_time))).toEqual(
      Array.from({ length: 16 }, (_, i) => i / 8),
    );
    const keys = shown.flatMap((frame: { key_frame: number }, i: number) => (frame.key_frame ? [i] : []));
    expect(keys[0]).toBe(0);
    expect(keys).toContain(8);
    // Seeking to the middle finds a key frame there, and the picture is right.
    const pixels = execFileSync("ffmpeg", [
      "-v",
      "error",
      "-ss",
      "1.5",
      "-i",
      path,
      "-frames:v",
      "1",
      "-f",
      "rawvideo",
      "-pix_fmt",
      "gray",
      "-",
    ]);
    const error = pixels.reduce((sum, x, i) => sum + Math.abs(x - frames.pictures[12]![3 * i]!), 0) / pixels.length;
    expect(error).toBeLessThan(6);
  });

  test.skipIf(!ffprobe)("WebM: VP9 with right times, the same bytes each time (needs ffmpeg)", async () => {
    const path = join(folder, "clip.webm");
    await writeClip(path, frames, { framesPerSecond: 8 });
    const { streams, frames: shown } = probe(path);
    expect(streams[0]).toMatchObject({ codec_name: "vp9", width: 48, height: 32, nb_read_frames: "16" });
    expect(shown.map((frame: { pts_time: string }) => Number(frame.pts_time))).toEqual(
      Array.from({ length: 16 }, (_, i) => i / 8),
    );
    expect(Buffer.compare(await readFile(path), await encodeClip(frames, "webm", 8))).toBe(0);
  });

  test.skipIf(!ffprobe)("MP4 and WebM are read back, wherever an MP4 has its index; broken ones say why", async () => {
    const { readClip } = await import("./read-clip.ts");
    const near = (data: Float32Array) => data.reduce((sum, x, i) => sum + Math.abs(x - clip.data[i]!), 0) / data.length;
    const mp4 = await encodeClip(frames, "mp4", 8);
    expect(near(await readClip(mp4, size))).toBeLessThan(0.1);
    expect(near(await readClip(await encodeClip(frames, "webm", 8), size))).toBeLessThan(0.1);
    const atEnd = join(folder, "index-at-end.mp4");
    await writeFile(join(folder, "first.mp4"), mp4);
    execFileSync("ffmpeg", ["-v", "error", "-y", "-i", join(folder, "first.mp4"), "-c", "copy", atEnd]);
    expect(near(await readClip(await readFile(atEnd), size))).toBeLessThan(0.1);
    await expect(readClip(mp4.subarray(0, 200), size)).rejects.toThrow("The clip cannot be read: ");
    await expect(readClip(Buffer.from("no clip at all"), size)).rejects.toMatchObject({ code: "bad_clip" });
  });

  test.skipIf(!ffprobe)(
    "a clip without an end is stopped by its time and by its size, and a very long one is cut",
    async () => {
      const endless = (more: string[]) => () => [...more, "-f", "lavfi", "-i", "testsrc", "-f", "rawvideo", "pipe:1"];
      const none = new Uint8Array(1);
      for (const [more, limits] of [
        [[], { ms: 60_000, bytes: 1_000_000 }],
        [["-re"], { ms: 300, bytes: 1e9 }],
      ] as const)
        await expect(withFfmpeg(none, endless([...more]), { limits })).rejects.toMatchObject({
          code: "bad_clip",
          message: expect.stringContaining(
            `The clip does not end: more than ${limits.ms / 1000} s or ${limits.bytes} bytes.`,
          ),
        });
      const long = join(folder, "long.mp4");
      const source = ["-f", "lavfi", "-i", "color=red:size=16x16:rate=25", "-frames:v", "4200"];
      execFileSync("ffmpeg", ["-v", "error", "-y", ...source, "-preset", "ultrafast", long]);
      const whole = await readWholeClip(await readFile(long), { height: 2, width: 2, channels: 1 });
      expect(whole).toHaveLength(4096 * 4);
    },
  );

  test("a broken picture, and one of no bytes, are refused", async () => {
    const { readClip } = await import("./read-clip.ts");
    const webp = await encodeClip(frames, "webp", 8);
    await expect(readClip(webp.subarray(0, 60), size)).rejects.toThrow("The clip cannot be read: ");
    if (ffprobe) await expect(readClip(new Uint8Array(0), size)).rejects.toMatchObject({ code: "bad_clip" });
  });

  test("an MP4 has the same bytes each time, and odd sides become even", async () => {
    const odd = toFrames({ ...size, frames: 2, height: 5, width: 7, channels: 1, data: new Float32Array(70) });
    const first = await encodeClip(odd, "mp4", 8);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(Buffer.compare(first, await encodeClip(odd, "mp4", 8))).toBe(0);
  });

  test.each(["webp", "gif"] as const)("%s animates with all frames", async (format) => {
    const bytes = await encodeClip(frames, format, 8);
    const { default: sharp } = await import("sharp");
    const { pages, width, pageHeight, delay } = await sharp(bytes, { animated: true }).metadata();
    expect({ pages, width, pageHeight, delay: delay?.[0] }).toEqual({
      pages: 16,
      width: 48,
      pageHeight: 32,
      delay: format === "gif" ? 120 : 125,
    });
  });

  test("frames as PNG are the frames", async () => {
    await writePngs(join(folder, "pngs"), frames);
    const { default: sharp } = await import("sharp");
    const third = await sharp(await readFile(join(folder, "pngs", "003.png")))
      .raw()
      .toBuffer();
    expect(Buffer.compare(third, frames.pictures[3]!)).toBe(0);
  });

  test("another kind of file is refused with those that there are", () => {
    expect(() => clipFormatOf("clip.avi")).toThrow("expected a file ending in .mp4, .webm, .webp, .gif");
  });
});
