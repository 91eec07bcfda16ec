import { createHash } from "node:crypto";
import { ArgumentError, InputError } from "@loam/core";
import sharp from "sharp";
import type { Box, DocumentInfo, Figure, Page } from "../document.ts";
import type { ReadPageOptions } from "../pdf/open-pdf.ts";
import { readScan } from "../pdf/read-scan.ts";
import type { DocumentFile, OpenDocumentOptions } from "./document-file.ts";
import { limitInputPixels } from "./pages/draw-page.ts";

/** What a picture without a size on paper is taken to have. */
const usualDpi = 150;
/** Sides of the picture that is recognised. */
const longestSidePx = 4000;
const maxImagePages = 500;

/** Opens a picture (PNG, JPEG, WebP, TIFF with its pages, GIF, AVIF) as a document. @throws {InputError} `invalid_file`. */
export async function openImage(
  bytes: Uint8Array,
  { name = "the picture" }: OpenDocumentOptions,
): Promise<DocumentFile> {
  const data = await sharp(bytes, { limitInputPixels })
    .metadata()
    .catch((cause: Error) => {
      throw new InputError("invalid_file", `${name} is a picture that cannot be read: ${cause.message}.`, {
        hint: "save it again",
        cause,
      });
    });
  const pageCount = data.format === "tiff" ? Math.min(data.pages ?? 1, maxImagePages) : 1;
  const contentHash = createHash("sha256").update(bytes).digest("hex");
  return new ImageDocument(bytes, { pageCount, contentHash, sizeBytes: bytes.length }, name);
}

class ImageDocument implements DocumentFile {
  readonly kind = "image";
  readonly info: DocumentInfo;
  readonly #bytes: Uint8Array;
  readonly #name: string;

  constructor(bytes: Uint8Array, info: DocumentInfo, name: string) {
    this.#bytes = bytes;
    this.info = info;
    this.#name = name;
  }

  async readPage(
    pageNumber: number,
    { recogniser, figureImages = "png", signal }: ReadPageOptions = {},
  ): Promise<Page> {
    const blank = { number: pageNumber, widthPt: 0, heightPt: 0, blocks: [], figures: [] };
    let scan: Awaited<ReturnType<ImageDocument["raster"]>>;
    try {
      scan = await this.raster(pageNumber);
    } catch (error) {
      return { ...blank, status: "failed", reason: error instanceof Error ? error.message : String(error) };
    }
    const size = { widthPt: (scan.width * 72) / scan.dpi, heightPt: (scan.height * 72) / scan.dpi };
    const unread: Page = { ...blank, ...size, status: "ocr" };
    const page = recogniser ? await readScan(unread, scan, recogniser, signal) : unread;
    // The picture itself is what a picture file is about.
    const whole: Figure = {
      id: `p${pageNumber}-f${page.figures.length + 1}`,
      page: pageNumber,
      kind: "image",
      box: [0, 0, size.widthPt, size.heightPt],
      mentions: [],
      innerText: page.blocks.map(({ text }) => text).join("\n"),
    };
    const figures = page.figures.length > 0 ? page.figures : [whole];
    if (figureImages === "png")
      for (const figure of figures) {
        const { png, widthPx, heightPx } = await this.renderPage(pageNumber, { dpi: scan.dpi, box: figure.box });
        Object.assign(figure, { png, widthPx, heightPx });
      }
    return { ...page, status: "ocr", reason: undefined, figures };
  }

  async renderPage(pageNumber: number, { dpi = 110, box }: { dpi?: number; box?: Box } = {}) {
    const { data, width, height, dpi: own } = await this.raster(pageNumber);
    const image = sharp(data, { raw: { width, height, channels: 4 } });
    if (box) {
      const [left, top] = [Math.max(0, Math.floor((box[0] * own) / 72)), Math.max(0, Math.floor((box[1] * own) / 72))];
      image.extract({
        left: Math.min(left, width - 1),
        top: Math.min(top, height - 1),
        width: Math.max(1, Math.min(width - left, Math.ceil(((box[2] - box[0]) * own) / 72))),
        height: Math.max(1, Math.min(height - top, Math.ceil(((box[3] - box[1]) * own) / 72))),
      });
    }
    const scale = Math.min(1, dpi / own);
    const wide = box ? ((box[2] - box[0]) * own) / 72 : width;
    const cropped = await image.png().toBuffer();
    const { data: png, info } = await sharp(cropped)
      .resize({ width: Math.max(1, Math.round(wide * scale)) })
      .removeAlpha()
      .png()
      .toBuffer({ resolveWithObject: true });
    return { png, widthPx: info.width, heightPx: info.height };
  }

  close(): void {}

  /** The upright pixels of a page on white. */
  async raster(pageNumber: number) {
    const { pageCount } = this.info;
    if (!Number.isInteger(pageNumber) || pageNumber < 1 || pageNumber > pageCount)
      throw new ArgumentError("pageNumber", pageNumber, `a page of ${this.#name}, 1 to ${pageCount}`);
    const { data, info } = await sharp(this.#bytes, { limitInputPixels, page: pageNumber - 1 })
      .rotate()
      .resize({ width: longestSidePx, height: longestSidePx, fit: "inside", withoutEnlargement: true })
      .flatten({ background: "#fff" })
      .ensureAlpha()
      .toColourspace("srgb")
      .raw()
      .toBuffer({ resolveWithObject: true });
    const pixels = new Uint8Array(new ArrayBuffer(data.length));
    pixels.set(data);
    return { data: pixels, width: info.width, height: info.height, channels: 4 as const, dpi: usualDpi };
  }
}
