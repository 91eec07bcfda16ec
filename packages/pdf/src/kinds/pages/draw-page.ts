import sharp from "sharp";
import type { Box } from "../../document.ts";
import type { SetPage } from "./set-pages.ts";

const sans = "Liberation Sans, Arial, Helvetica, Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif";
const monospace = "Liberation Mono, Consolas, Menlo, Noto Sans Mono CJK SC, monospace";
const maxPixels = 36_000_000;

/** A picture inside a document: what it may have in pixels before it is scaled. */
export const limitInputPixels = 120_000_000;

/** Draws a page, or a box of it (points), as PNG. */
export async function drawPage(
  { page, texts, rules, pictures }: SetPage,
  { dpi, box = [0, 0, page.widthPt, page.heightPt] }: { dpi: number; box?: Box },
): Promise<{ png: Uint8Array; widthPx: number; heightPx: number }> {
  const width = box[2] - box[0];
  const height = box[3] - box[1];
  const scale = Math.min(dpi / 72, Math.sqrt(maxPixels / (width * height)));
  const size = { widthPx: Math.max(1, Math.round(width * scale)), heightPx: Math.max(1, Math.round(height * scale)) };
  const images = await Promise.all(
    pictures.map(async ({ bytes, box: [x0, y0, x1, y1] }) => {
      const png = await pictureOf(bytes, { width: Math.ceil((x1 - x0) * scale), height: Math.ceil((y1 - y0) * scale) });
      if (!png) return "";
      const at = `x="${x0}" y="${y0}" width="${x1 - x0}" height="${y1 - y0}" preserveAspectRatio="xMinYMin meet"`;
      return `<image ${at} href="data:image/png;base64,${Buffer.from(png.data).toString("base64")}"/>`;
    }),
  );
  const drawn = texts.map(({ text, x, baseline, size: points, weight, mono }) => {
    const font = `font-family="${mono ? monospace : sans}" font-size="${points}"${weight ? ' font-weight="bold"' : ""}`;
    return `<text x="${x}" y="${baseline}" ${font} xml:space="preserve">${inXml(text)}</text>`;
  });
  const lines = rules.map(
    ([x0, y0, x1, y1]) => `<path d="M${x0} ${y0}H${x1}V${y1}" stroke="#c8c8c8" stroke-width="0.5" fill="none"/>`,
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.widthPx}" height="${size.heightPx}" viewBox="${box[0]} ${box[1]} ${width} ${height}"><rect x="${box[0]}" y="${box[1]}" width="100%" height="100%" fill="#fff"/>${[...lines, ...images, ...drawn].join("")}</svg>`;
  const png = await sharp(Buffer.from(svg), { unlimited: true, limitInputPixels })
    .removeAlpha()
    .png({ compressionLevel: 6 })
    .toBuffer();
  return { png, ...size };
}

/** The picture as PNG inside a size; undefined for what is no picture (metafiles, damage). */
export async function pictureOf(
  bytes: Uint8Array,
  { width, height }: { width: number; height: number },
): Promise<{ data: Buffer; width: number; height: number } | undefined> {
  try {
    const { data, info } = await sharp(bytes, { limitInputPixels })
      .rotate()
      .resize({ width, height, fit: "inside", withoutEnlargement: true })
      .png({ compressionLevel: 6 })
      .toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height };
  } catch {
    return undefined;
  }
}

function inXml(text: string): string {
  return text
    .replace(/\p{Cc}|[\ufffe\uffff]/gu, " ")
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd")
    .replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
