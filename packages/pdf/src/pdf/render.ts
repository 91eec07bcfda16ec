import type { Box } from "../document.ts";
import type { Pdfium, Pointer } from "./pdfium.ts";

/** What a picture of a page may have at most; larger pages are drawn smaller. */
const maxPixels = 36_000_000;
const maxSidePx = 12_000;

/** Dots per inch of the pictures of figures. */
export const cropDpi = 180;

const renderAnnotations = 0x01;
const reverseByteOrder = 0x10;

/** A drawn page or part of it, RGBA, row-major, every pixel opaque. */
export interface PageRaster {
  data: Uint8Array<ArrayBuffer>;
  width: number;
  height: number;
  channels: 4;
  /** What it came to: less than asked for on huge pages. */
  dpi: number;
}

/**
 * Draws a box of a page (shown points) on white.
 *
 * @throws {RangeError} when there is no room for the picture.
 */
export function renderBox(
  pdfium: Pdfium,
  page: Pointer,
  { widthPt, heightPt, box, dpi }: { widthPt: number; heightPt: number; box: Box; dpi: number },
): PageRaster {
  const { api } = pdfium;
  const boxWidth = Math.max(0.01, box[2] - box[0]);
  const boxHeight = Math.max(0.01, box[3] - box[1]);
  const scale = Math.min(
    dpi / 72,
    Math.sqrt(maxPixels / (boxWidth * boxHeight)),
    maxSidePx / Math.max(boxWidth, boxHeight),
  );
  const width = Math.max(1, Math.ceil(boxWidth * scale));
  const height = Math.max(1, Math.ceil(boxHeight * scale));
  const bitmap = api.FPDFBitmap_Create(width, height, 0);
  if (bitmap === 0) throw new RangeError(`PDFium has no room for a picture of ${width} × ${height} pixels`);
  try {
    api.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xffffffff | 0);
    api.FPDF_RenderPageBitmap(
      bitmap,
      page,
      Math.round(-box[0] * scale),
      Math.round(-box[1] * scale),
      Math.max(1, Math.round(widthPt * scale)),
      Math.max(1, Math.round(heightPt * scale)),
      0,
      renderAnnotations | reverseByteOrder,
    );
    const start = api.FPDFBitmap_GetBuffer(bitmap);
    const stride = api.FPDFBitmap_GetStride(bitmap);
    const data = new Uint8Array(width * height * 4);
    for (let row = 0; row < height; row++) {
      data.set(pdfium.u8.subarray(start + row * stride, start + row * stride + width * 4), row * width * 4);
    }
    for (let i = 3; i < data.length; i += 4) data[i] = 255;
    return { data, width, height, channels: 4, dpi: scale * 72 };
  } finally {
    api.FPDFBitmap_Destroy(bitmap);
  }
}
