import { area, intersect, union } from "../boxes/boxes.ts";
import type { Box } from "../document.ts";
import { applyX, applyY, identity, type Matrix, multiply, transformBox } from "./lines/page-frame.ts";
import type { Pdfium, Pointer } from "./pdfium.ts";

/** A straight horizontal or vertical stroke, or a filled bar so thin that it reads as one. */
export interface Rule {
  direction: "horizontal" | "vertical";
  box: Box;
}

/** One drawn outline with its colours, as a chart is made of them. */
export interface Mark {
  box: Box;
  /** `rrggbb`; undefined when it is not filled. */
  fill?: string;
  /** `rrggbb`; undefined when it is not stroked. */
  stroke?: string;
  /** Points on the outline, without those that only bend it. */
  points: [x: number, y: number][];
  curved: boolean;
  rectangle: boolean;
}

/** Everything on the page that is not text, in shown points and clipped to what can be seen. */
export interface PageGraphics {
  /** Raster images with their size in pixels of the page area they cover. */
  images: Box[];
  rules: Rule[];
  /** Filled or stroked rectangles that are no rules: panels, cell shadings, bars of charts. */
  rectangles: { box: Box; stroked: boolean; filled: boolean; light: boolean }[];
  /** Other drawing: curves, slanted lines, polygons, shadings. */
  shapes: Box[];
  /** The same again, outline by outline, for the reading of charts. */
  marks: Mark[];
  /** Objects that were not looked at because the page has too many. */
  skippedCount: number;
}

const maxObjects = 60_000;
const maxSegmentsPerPath = 4_000;
const maxFormDepth = 8;
/** More outlines than this are a map or a drawing, and no chart. */
const maxMarks = 6_000;
/** A bar up to this thick (points) is a rule. */
const ruleThickness = 2.6;

const typePath = 2;
const typeImage = 3;
const typeShading = 4;
const typeForm = 5;

/** Reads the drawing on a page, forms included. */
export function readGraphics(pdfium: Pdfium, page: Pointer, toShown: Matrix, pageBox: Box): PageGraphics {
  const reader = new GraphicsReader(pdfium, toShown, pageBox);
  const { api } = pdfium;
  reader.walk(api.FPDFPage_CountObjects(page), (i) => api.FPDFPage_GetObject(page, i), identity, pageBox, 0);
  return reader.graphics;
}

class GraphicsReader {
  readonly graphics: PageGraphics = { images: [], rules: [], rectangles: [], shapes: [], marks: [], skippedCount: 0 };
  readonly #pdfium: Pdfium;
  readonly #toShown: Matrix;
  readonly #pageBox: Box;
  #seen = 0;

  constructor(pdfium: Pdfium, toShown: Matrix, pageBox: Box) {
    this.#pdfium = pdfium;
    this.#toShown = toShown;
    this.#pageBox = pageBox;
  }

  walk(count: number, object: (index: number) => Pointer, form: Matrix, clip: Box, depth: number): void {
    const { api } = this.#pdfium;
    for (let i = 0; i < count; i++) {
      if (++this.#seen > maxObjects) {
        this.graphics.skippedCount += count - i;
        return;
      }
      const pointer = object(i);
      const type = api.FPDFPageObj_GetType(pointer);
      if (type === typePath) this.#path(pointer, form, clip);
      else if (type === typeImage || type === typeShading) this.#area(pointer, type, form, clip);
      else if (type === typeForm && depth < maxFormDepth) {
        const inner = multiply(this.#matrix(pointer), form);
        const visible = this.#clipped(pointer, form, clip);
        if (visible) {
          const objects = api.FPDFFormObj_CountObjects(pointer);
          this.walk(objects, (j) => api.FPDFFormObj_GetObject(pointer, j), inner, visible, depth + 1);
        }
      }
    }
  }

  #matrix(object: Pointer): Matrix {
    const { api, scratch } = this.#pdfium;
    if (api.FPDFPageObj_GetMatrix(object, scratch) === 0) return identity;
    const at = scratch >> 2;
    const m = this.#pdfium.f32;
    return [m[at]!, m[at + 1]!, m[at + 2]!, m[at + 3]!, m[at + 4]!, m[at + 5]!];
  }

  #area(object: Pointer, type: number, form: Matrix, clip: Box): void {
    const { api, scratch: p } = this.#pdfium;
    const visible = this.#clipped(object, form, clip);
    if (!visible || api.FPDFPageObj_GetBounds(object, p, p + 4, p + 8, p + 12) === 0) return;
    const f = this.#pdfium.f32;
    const at = p >> 2;
    const bounds = transformBox(multiply(form, this.#toShown), f[at]!, f[at + 1]!, f[at + 2]!, f[at + 3]!);
    const box = intersect(bounds, visible);
    if (!box || area(box) < 1) return;
    if (type === typeImage) this.graphics.images.push(box);
    else if (area(box) < 0.9 * area(this.#pageBox)) this.graphics.shapes.push(box);
  }

  /** What the object's own clip path leaves of `clip`; undefined when nothing. */
  #clipped(object: Pointer, form: Matrix, clip: Box): Box | undefined {
    const { api, scratch: p } = this.#pdfium;
    const path = api.FPDFPageObj_GetClipPath(object);
    if (path === 0) return clip;
    const toShown = multiply(form, this.#toShown);
    let left: Box | undefined = clip;
    const count = Math.min(api.FPDFClipPath_CountPaths(path), 16);
    for (let i = 0; i < count && left; i++) {
      const segments = api.FPDFClipPath_CountPathSegments(path, i);
      if (segments <= 0 || segments > 64) continue;
      let box: Box | undefined;
      for (let j = 0; j < segments; j++) {
        const segment = api.FPDFClipPath_GetPathSegment(path, i, j);
        if (segment === 0 || api.FPDFPathSegment_GetPoint(segment, p, p + 4) === 0) continue;
        const x = this.#pdfium.f32[p >> 2]!;
        const y = this.#pdfium.f32[(p >> 2) + 1]!;
        const sx = applyX(toShown, x, y);
        const sy = applyY(toShown, x, y);
        box = box ? union(box, [sx, sy, sx, sy]) : [sx, sy, sx, sy];
      }
      if (box) left = intersect(left, box);
    }
    return left;
  }

  #path(object: Pointer, form: Matrix, clip: Box): void {
    const { api, scratch: p } = this.#pdfium;
    if (api.FPDFPath_GetDrawMode(object, p, p + 4) === 0) return;
    const view = new DataView(this.#pdfium.u8.buffer);
    const fillMode = view.getInt32(p, true);
    const strokes = view.getInt32(p + 4, true) !== 0;
    let filled = false;
    let light = true;
    let fill: string | undefined;
    let stroke: string | undefined;
    if (fillMode !== 0 && api.FPDFPageObj_GetFillColor(object, p, p + 4, p + 8, p + 12) !== 0) {
      const [r, g, b, a] = [0, 4, 8, 12].map((offset) => view.getUint32(p + offset, true)) as [
        number,
        number,
        number,
        number,
      ];
      filled = a > 8 && !(r > 250 && g > 250 && b > 250); // white on white cannot be seen
      light = Math.min(r, g, b) > 200;
      if (filled) fill = hex(r, g, b);
    }
    let stroked = false;
    let strokeWidth = 0;
    if (strokes && api.FPDFPageObj_GetStrokeColor(object, p, p + 4, p + 8, p + 12) !== 0) {
      const [r, g, b, a] = [0, 4, 8, 12].map((offset) => view.getUint32(p + offset, true)) as [
        number,
        number,
        number,
        number,
      ];
      stroked = a > 8 && !(r > 250 && g > 250 && b > 250);
      if (stroked) stroke = hex(r, g, b);
      if (api.FPDFPageObj_GetStrokeWidth(object, p) !== 0) strokeWidth = view.getFloat32(p, true);
    }
    if (!filled && !stroked) return;
    const visible = this.#clipped(object, form, clip);
    if (!visible) return;
    const toShown = multiply(multiply(this.#matrix(object), form), this.#toShown);
    const half = stroked
      ? (strokeWidth * Math.sqrt(Math.abs(toShown[0] * toShown[3] - toShown[1] * toShown[2]))) / 2
      : 0;
    const count = Math.min(api.FPDFPath_CountSegments(object), maxSegmentsPerPath);
    let points: [number, number][] = [];
    let onOutline: [number, number][] = [];
    let bends = 0;
    let curved = false;
    const flush = () => {
      if (points.length > 1)
        this.#subpath(points, { onOutline, curved, half, filled, stroked, light, visible, fill, stroke });
      points = [];
      onOutline = [];
      curved = false;
    };
    for (let i = 0; i < count; i++) {
      const segment = api.FPDFPath_GetPathSegment(object, i);
      const type = api.FPDFPathSegment_GetType(segment); // 0 line, 1 Bézier, 2 move
      if (type === 2) flush();
      if (type === 1) curved = true;
      if (api.FPDFPathSegment_GetPoint(segment, p, p + 4) === 0) continue;
      const x = this.#pdfium.f32[p >> 2]!;
      const y = this.#pdfium.f32[(p >> 2) + 1]!;
      const point: [number, number] = [applyX(toShown, x, y), applyY(toShown, x, y)];
      points.push(point);
      // Of the three points of a curve the last is on the outline.
      bends = type === 1 ? bends + 1 : 0;
      if (type !== 1 || bends % 3 === 0) onOutline.push(point);
    }
    flush();
  }

  #subpath(
    points: [number, number][],
    {
      onOutline,
      curved,
      half,
      filled,
      stroked,
      light,
      visible,
      fill,
      stroke,
    }: {
      onOutline: [number, number][];
      fill: string | undefined;
      stroke: string | undefined;
      curved: boolean;
      half: number;
      filled: boolean;
      stroked: boolean;
      light: boolean;
      visible: Box;
    },
  ): void {
    let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const [x, y] of points) {
      if (x < x0) x0 = x;
      if (x > x1) x1 = x;
      if (y < y0) y0 = y;
      if (y > y1) y1 = y;
    }
    if (!Number.isFinite(x0 + x1 + y0 + y1)) return;
    const box = intersect([x0 - half, y0 - half, x1 + half, y1 + half], visible);
    if (!box) return;
    const [w, h] = [box[2] - box[0], box[3] - box[1]];
    const aligned = !curved && points.length >= 4 && points.length <= 6 && isRectangle(points, x0, y0, x1, y1);
    if (this.graphics.marks.length < maxMarks)
      this.graphics.marks.push({ box, fill, stroke, points: onOutline, curved, rectangle: aligned });
    if (!curved && h <= ruleThickness && w > 3 * h && w > 3) {
      this.graphics.rules.push({ direction: "horizontal", box });
      return;
    }
    if (!curved && w <= ruleThickness && h > 3 * w && h > 3) {
      this.graphics.rules.push({ direction: "vertical", box });
      return;
    }
    if (aligned && w > 1 && h > 1) this.graphics.rectangles.push({ box, stroked, filled, light });
    else this.graphics.shapes.push(box);
  }
}

/** Every point at a corner of the bounds. */
function isRectangle(points: [number, number][], x0: number, y0: number, x1: number, y1: number): boolean {
  const tolerance = 0.3;
  return points.every(
    ([x, y]) =>
      (Math.abs(x - x0) < tolerance || Math.abs(x - x1) < tolerance) &&
      (Math.abs(y - y0) < tolerance || Math.abs(y - y1) < tolerance),
  );
}

function hex(...channels: number[]): string {
  return channels.map((channel) => channel.toString(16).padStart(2, "0")).join("");
}
