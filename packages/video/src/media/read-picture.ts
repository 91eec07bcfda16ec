import { existsSync } from "node:fs";
import { InputError, NotFoundError } from "@loam/core";

/**
 * A picture as one frame [C, H, W] of this size, −1 to 1: scaled and cut to fill it.
 *
 * @param source a file, or its bytes
 * @throws {NotFoundError} when there is no such file. @throws {InputError} `bad_picture` when it is none that can be read.
 */
export async function readPicture(
  source: string | Uint8Array,
  { width, height, channels }: { width: number; height: number; channels: number },
): Promise<Float32Array> {
  if (typeof source === "string" && !existsSync(source)) throw new NotFoundError("picture", source);
  const { default: sharp } = await import("sharp");
  const image = sharp(source).resize(width, height, { fit: "cover" }).removeAlpha();
  const pixels = await (channels === 1 ? image.greyscale() : image.toColourspace("srgb"))
    .raw()
    .toBuffer()
    .catch((cause: Error) => {
      const name = typeof source === "string" ? source : "The picture";
      throw new InputError("bad_picture", `${name} cannot be read: ${cause.message}.`, {
        hint: "give a PNG, JPEG, WebP or GIF",
        cause,
      });
    });
  const found = pixels.length / (width * height);
  return Float32Array.from({ length: channels * width * height }, (_, i) => {
    const [c, at] = [Math.floor(i / (width * height)), i % (width * height)];
    return pixels[at * found + Math.min(c, found - 1)]! / 127.5 - 1;
  });
}
