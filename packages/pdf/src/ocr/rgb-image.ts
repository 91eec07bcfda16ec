import { ArgumentError } from "@loam/core";
import sharp from "sharp";
import type { Point } from "./quad.ts";
import type { RasterImage } from "./recogniser.ts";

/** Three bytes a pixel, row-major, opaque. */
export interface RgbImage {
  data: Uint8Array;
  width: number;
  height: number;
}

/** The image without its alpha channel, laid on white. @throws {ArgumentError} when data and size disagree. */
export function toRgb({ data, width, height, channels }: RasterImage): RgbImage {
  const expected = width * height * channels;
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1)
    throw new ArgumentError("image", `${width} × ${height}`, "a width and height of at least one pixel");
  if (data.length !== expected)
    throw new ArgumentError(
      "image.data",
      `${data.length} bytes`,
      `${width} × ${height} × ${channels} = ${expected} bytes`,
      "decode the picture to raw pixels first; PNG or JPEG bytes are not accepted here",
    );
  if (channels === 3) return { data, width, height };
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < expected; from += 4, to += 3) {
    const alpha = data[from + 3]!;
    const white = 255 - alpha;
    rgb[to] = (data[from]! * alpha) / 255 + white;
    rgb[to + 1] = (data[from + 1]! * alpha) / 255 + white;
    rgb[to + 2] = (data[from + 2]! * alpha) / 255 + white;
  }
  return { data: rgb, width, height };
}

/** The image turned clockwise by quarter turns. */
export function turnImage({ data, width, height }: RgbImage, quarterTurns: 1 | 2 | 3): RgbImage {
  const turned = quarterTurns === 2 ? { width, height } : { width: height, height: width };
  const out = new Uint8Array(data.length);
  for (let y = 0, from = 0; y < height; y++) {
    for (let x = 0; x < width; x++, from += 3) {
      const [tx, ty] =
        quarterTurns === 1
          ? [height - 1 - y, x]
          : quarterTurns === 2
            ? [width - 1 - x, height - 1 - y]
            : [y, width - 1 - x];
      const to = (ty * turned.width + tx) * 3;
      out[to] = data[from]!;
      out[to + 1] = data[from + 1]!;
      out[to + 2] = data[from + 2]!;
    }
  }
  return { data: out, ...turned };
}

/** Where a point of the turned image lies in the image of `width` × `height` before {@link turnImage}. */
export function turnPointBack([x, y]: Point, quarterTurns: 0 | 1 | 2 | 3, width: number, height: number): Point {
  if (quarterTurns === 1) return [y, height - x];
  if (quarterTurns === 2) return [width - x, height - y];
  if (quarterTurns === 3) return [width - y, x];
  return [x, y];
}

/** Scaled to exactly `width` × `height`; shrinking averages, so thin strokes fade instead of breaking up. */
export async function resizeImage(image: RgbImage, width: number, height: number): Promise<RgbImage> {
  if (width === image.width && height === image.height) return image;
  const { data } = await sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } })
    .resize(width, height, { fit: "fill", kernel: "linear" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width, height };
}
