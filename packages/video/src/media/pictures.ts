import type { Frames } from "./frames.ts";

const loadSharp = async () => (await import("sharp")).default;

/** An animation that plays without a player. */
export async function toAnimation(
  { width, height, pictures }: Frames,
  { format, framesPerSecond }: { format: "webp" | "gif"; framesPerSecond: number },
): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const stacked = Buffer.concat(pictures);
  const image = sharp(stacked, {
    raw: { width, height: height * pictures.length, channels: 3, pageHeight: height },
    limitInputPixels: false,
  });
  const delay = pictures.map(() => Math.round(1000 / framesPerSecond));
  return format === "gif"
    ? image.gif({ delay, loop: 0 }).toBuffer()
    : image.webp({ delay, loop: 0, lossless: true }).toBuffer();
}

/** One frame as PNG. */
export async function toPng({ width, height }: Frames, picture: Uint8Array): Promise<Uint8Array> {
  const sharp = await loadSharp();
  return sharp(picture, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** One frame as WebP or JPEG, for previews. */
export async function toStill(
  { width, height }: Frames,
  picture: Uint8Array,
  format: "webp" | "jpeg",
): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const image = sharp(picture, { raw: { width, height, channels: 3 } });
  return format === "webp" ? image.webp({ lossless: true }).toBuffer() : image.jpeg({ quality: 90 }).toBuffer();
}

/** Frames side by side in rows, as one picture. */
export function contactSheet({ width, height, pictures }: Frames, { columns }: { columns: number }): Frames {
  const rows = Math.ceil(pictures.length / columns);
  const sheet = new Uint8Array(3 * width * columns * height * rows);
  for (const [i, picture] of pictures.entries()) {
    const [left, top] = [(i % columns) * width, Math.floor(i / columns) * height];
    for (let y = 0; y < height; y++)
      sheet.set(picture.subarray(3 * y * width, 3 * (y + 1) * width), 3 * ((top + y) * width * columns + left));
  }
  return { width: width * columns, height: height * rows, pictures: [sheet] };
}
