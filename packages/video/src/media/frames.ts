import type { ClipSize } from "../patches/patchify.ts";

/** Pictures of a clip as bytes: RGB, row by row. */
export interface Frames {
  width: number;
  height: number;
  /** One array of 3·width·height bytes for each frame. */
  pictures: Uint8Array[];
}

/**
 * Values −1..1 as bytes; a clip of one channel becomes grey.
 *
 * @param clip data [F, C, H, W] with C of 1 or 3
 * @param scale every pixel becomes a square of this side
 */
export function toFrames(
  { frames, height, width, channels, data }: ClipSize & { channels: number; data: Float32Array },
  { scale = 1 }: { scale?: number } = {},
): Frames {
  const plane = height * width;
  const [outWidth, outHeight] = [width * scale, height * scale];
  const pictures = Array.from({ length: frames }, (_, f) => {
    const picture = new Uint8Array(3 * outWidth * outHeight);
    for (let y = 0; y < outHeight; y++)
      for (let x = 0; x < outWidth; x++)
        for (let c = 0; c < 3; c++) {
          const at = Math.floor(y / scale) * width + Math.floor(x / scale);
          const value = data[(f * channels + (channels === 1 ? 0 : c)) * plane + at]!;
          picture[3 * (y * outWidth + x) + c] = Math.max(0, Math.min(255, Math.round((value + 1) * 127.5)));
        }
    return picture;
  });
  return { width: outWidth, height: outHeight, pictures };
}
