import { roundBox } from "../boxes/boxes.ts";
import type { Block, Box } from "../document.ts";
import { type Matrix, transformBox } from "./lines/page-frame.ts";
import type { Pdfium, Pointer } from "./pdfium.ts";

/** What a reader sees on a page that is not in its content: a filled field, a ticked box, a note. */
export interface Annotation {
  kind: "field" | "checkbox" | "note";
  /** The value, or the note's words. */
  text: string;
  /** What the file calls a field for people (its tooltip), where it says so. */
  name?: string;
  box: Box;
}

/** Subtypes of fpdf_annot.h. */
const subtypes = { text: 1, freeText: 3, highlight: 9, popup: 16, widget: 20 } as const;
/** Field types of fpdf_formfill.h. */
const fieldTypes = { pushButton: 1, checkbox: 2, radio: 3, combo: 4, list: 5, text: 6 } as const;
const hiddenFlags = 0b10_0010; // hidden, no view (ISO 32000-1 table 165)
const maxAnnotations = 2000;

/** Reads the fields and notes of a page. `form` is the document's form environment; 0 without one. */
export function readAnnotations(pdfium: Pdfium, page: Pointer, form: Pointer, toShown: Matrix): Annotation[] {
  const { api, scratch } = pdfium;
  const found: Annotation[] = [];
  const count = Math.min(api.FPDFPage_GetAnnotCount(page), maxAnnotations);
  for (let i = 0; i < count; i++) {
    const pointer = api.FPDFPage_GetAnnot(page, i);
    if (pointer === 0) continue;
    try {
      if ((api.FPDFAnnot_GetFlags(pointer) & hiddenFlags) !== 0) continue;
      const subtype = api.FPDFAnnot_GetSubtype(pointer);
      const said = subtype === subtypes.widget ? field(pdfium, pointer, form) : note(pdfium, pointer, subtype);
      if (!said || api.FPDFAnnot_GetRect(pointer, scratch) === 0) continue;
      const [left, top, right, bottom] = pdfium.f32.slice(scratch >> 2, (scratch >> 2) + 4);
      found.push({ ...said, box: roundBox(transformBox(toShown, left!, bottom!, right!, top!)) });
    } finally {
      api.FPDFPage_CloseAnnot(pointer);
    }
  }
  return found;
}

function note(pdfium: Pdfium, annotation: Pointer, subtype: number): Omit<Annotation, "box"> | undefined {
  if (subtype !== subtypes.text && subtype !== subtypes.freeText && subtype !== subtypes.highlight) return undefined;
  const text = value(pdfium, annotation, "Contents");
  return text === "" ? undefined : { kind: "note", text };
}

function field(pdfium: Pdfium, annotation: Pointer, form: Pointer): Omit<Annotation, "box"> | undefined {
  const { api } = pdfium;
  if (form === 0) return undefined;
  const type = api.FPDFAnnot_GetFormFieldType(form, annotation);
  if (type <= fieldTypes.pushButton) return undefined;
  const own = (get: typeof api.FPDFAnnot_GetFormFieldValue) =>
    pdfium.utf16((buffer, size) => get(form, annotation, buffer, size)).trim();
  const name = own(api.FPDFAnnot_GetFormFieldAlternateName) || undefined;
  if (type === fieldTypes.checkbox || type === fieldTypes.radio) {
    const ticked = api.FPDFAnnot_IsChecked(form, annotation) !== 0;
    return { kind: "checkbox", text: ticked ? "yes" : "no", name };
  }
  const text = own(api.FPDFAnnot_GetFormFieldValue) || value(pdfium, annotation, "V");
  return text === "" ? undefined : { kind: "field", text, name };
}

function value(pdfium: Pdfium, annotation: Pointer, key: string): string {
  const { api } = pdfium;
  const name = pdfium.copyIn(new TextEncoder().encode(key));
  const text = pdfium.utf16((buffer, size) => api.FPDFAnnot_GetStringValue(annotation, name, buffer, size));
  api.free(name);
  return text.replace(/\r\n?/g, "\n").trim();
}

/**
 * Annotations as blocks of the page. A field stands with what is printed beside it (to its left on the same line, a
 * box's to its right, else right above), as a person reads a form.
 */
export function annotationBlocks(annotations: readonly Annotation[], blocks: readonly Block[]): Block[] {
  const lines = blocks.flatMap(({ lines }) => lines);
  return annotations.map(({ kind, text, name, box }) => {
    const label = kind === "note" ? undefined : (printedLabel(box, lines, kind) ?? name);
    const words = label ? `${label.replace(/[\s:：.…_]+$/u, "")}: ${text}` : text;
    return { kind: "paragraph", text: words, box, lines: [{ text: words, box }] };
  });
}

function printedLabel(
  [x0, y0, x1, y1]: Box,
  lines: readonly { text: string; box: Box }[],
  kind: Annotation["kind"],
): string | undefined {
  const middle = (y0 + y1) / 2;
  const level = lines.filter(({ box }) => box[1] - 3 < middle && box[3] + 3 > middle);
  const left = level.filter(({ box }) => box[2] <= x0 + 2).sort((a, b) => b.box[2] - a.box[2])[0];
  const right = level.filter(({ box }) => box[0] >= x1 - 2).sort((a, b) => a.box[0] - b.box[0])[0];
  const above = lines
    .filter(({ box }) => box[3] <= y0 + 2 && y0 - box[3] < 14 && box[0] < x1 && box[2] > x0)
    .sort((a, b) => b.box[3] - a.box[3])[0];
  const near = (line: typeof left, gap: number) => (line && gap < 220 ? line : undefined);
  const leftNear = near(left, left ? x0 - left.box[2] : Infinity);
  const rightNear = near(right, right ? right.box[0] - x1 : Infinity);
  const beside =
    kind === "checkbox" && rightNear && (!leftNear || rightNear.box[0] - x1 < x0 - leftNear.box[2])
      ? rightNear
      : leftNear;
  return (beside ?? above ?? (kind === "checkbox" ? rightNear : undefined))?.text;
}
