import type { Box } from "../document.ts";
import { type Matrix, transformBox } from "./lines/page-frame.ts";
import type { Pdfium, Pointer } from "./pdfium.ts";

/** Opaque areas that are painted over what stands before them on a page. */
export interface Covers {
  /** Where an object stands in the order of painting. */
  order: ReadonlyMap<Pointer, number>;
  areas: { order: number; box: Box }[];
}

const typePath = 2;
const maxObjects = 20_000;
/** Less than this (points) hides no word. */
const smallestCover = 6;

/** The opaque fills of a page, in the order of painting. Forms are not looked into. */
export function readCovers(pdfium: Pdfium, page: Pointer, toShown: Matrix): Covers {
  const { api, scratch: p } = pdfium;
  const order = new Map<Pointer, number>();
  const areas: Covers["areas"] = [];
  const count = Math.min(api.FPDFPage_CountObjects(page), maxObjects);
  for (let i = 0; i < count; i++) {
    const object = api.FPDFPage_GetObject(page, i);
    order.set(object, i);
    if (api.FPDFPageObj_GetType(object) !== typePath || !isOpaque(pdfium, object)) continue;
    if (api.FPDFPageObj_GetBounds(object, p, p + 4, p + 8, p + 12) === 0) continue;
    const [left, bottom, right, top] = pdfium.f32.slice(p >> 2, (p >> 2) + 4);
    const box = transformBox(toShown, left!, bottom!, right!, top!);
    if (box[2] - box[0] >= smallestCover && box[3] - box[1] >= smallestCover) areas.push({ order: i, box });
  }
  return { order, areas };
}

/** Whether something is painted over a glyph of a text object. */
export function isCovered(object: Pointer, [x0, y0, x1, y1]: Box, { order, areas }: Covers): boolean {
  if (areas.length === 0) return false;
  const own = order.get(object);
  if (own === undefined) return false;
  const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2];
  return areas.some(({ order: at, box }) => at > own && x > box[0] && x < box[2] && y > box[1] && y < box[3]);
}

function isOpaque({ api, scratch: p, u8 }: Pdfium, path: Pointer): boolean {
  if (api.FPDFPath_GetDrawMode(path, p, p + 4) === 0) return false;
  const view = new DataView(u8.buffer);
  if (view.getInt32(p, true) === 0 || api.FPDFPageObj_HasTransparency(path) !== 0) return false;
  return api.FPDFPageObj_GetFillColor(path, p, p + 4, p + 8, p + 12) !== 0 && view.getUint32(p + 12, true) > 250;
}
