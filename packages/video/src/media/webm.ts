import { withFfmpeg } from "./ffmpeg.ts";
import type { Frames } from "./frames.ts";

/** VP9's scale: 0 is best, 63 the worst. */
const quality = 24;

/**
 * VP9 in WebM, by the machine's `ffmpeg`: no encoder of WebM's codecs is at hand as a well-kept package. The same clip gives the same
 * bytes.
 *
 * @throws {UnsupportedError} where there is no ffmpeg.
 */
export async function toWebm(frames: Frames, { framesPerSecond }: { framesPerSecond: number }): Promise<Uint8Array> {
  const { width, height, pictures } = frames;
  const raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", `${width}x${height}`, "-r", `${framesPerSecond}`];
  // Times are written at the start by a muxer that can go back, so the file is named, not piped.
  return await withFfmpeg(
    Buffer.concat(pictures),
    (input) => [
      ...["-v", "error", ...raw, "-i", input, "-c:v", "libvpx-vp9", "-pix_fmt", "yuv420p"],
      ...["-crf", `${quality}`, "-b:v", "0", "-g", `${Math.max(1, Math.round(framesPerSecond))}`, "-threads", "1"],
      ...["-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1", "-f", "webm", "-y", `${input}.webm`],
    ],
    { what: "written", outputFile: (input) => `${input}.webm` },
  );
}
