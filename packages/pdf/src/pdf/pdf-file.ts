import type { Box } from "../document.ts";
import { type Annotation, annotationBlocks, readAnnotations } from "./annotations.ts";
import { type Glyph, readGlyphs } from "./glyphs.ts";
import { type PageGraphics, readGraphics } from "./graphics.ts";
import { layOutPage, uprightFragments } from "./layout/lay-out-page.ts";
import { normalise } from "./lines/fragment.ts";
import { type Matrix, shownFrame } from "./lines/page-frame.ts";
import type { MarginLine } from "./lines/running-heads.ts";
import { judgeTextLayer, type PageProfile, profileOf } from "./page-profile.ts";
import type { Pdfium, Pointer } from "./pdfium.ts";
import type { OpenResult, ReadResult, WorkerFailure } from "./protocol.ts";
import { cropDpi, type PageRaster, renderBox } from "./render.ts";
import { readCovers } from "./unseen.ts";

/** A failure with words for the reader; the main thread makes an InputError of it. */
export class PdfFailure extends Error {
  readonly failure: WorkerFailure;
  constructor(failure: WorkerFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

interface Surface {
  widthPt: number;
  heightPt: number;
  toShown: Matrix;
}

/** The text of a page, kept while its neighbours are read. */
export interface PageText extends Surface {
  glyphs: Glyph[];
  /** Characters that nobody sees. */
  unseen: string;
  upright: ReturnType<typeof uprightFragments>;
}

/** A loaded page. */
interface OpenPage {
  pointer: Pointer;
  surface: Surface;
  text?: PageText;
}

const scanDpi = 200;

/** How many pages on each side are looked at for running heads and the body size. */
const reach = 2;

/** One PDF opened in PDFium; lives in a worker. */
export class PdfFile {
  readonly #pdfium: Pdfium;
  readonly #data: Pointer;
  readonly #document: Pointer;
  readonly pageCount: number;
  readonly #pages = new Map<number, OpenPage>();
  readonly #onPage: (pageNumber: number) => void;
  readonly #profiles = new Map<number, PageProfile>();
  /** The form environment, made when a page with fields is first read. */
  #form: { info: Pointer; handle: Pointer } | undefined;

  /** @throws {PdfFailure} when the bytes are no PDF, are damaged beyond repair, or need another password. */
  constructor(
    pdfium: Pdfium,
    bytes: Uint8Array,
    { password, onPage = () => {} }: { password?: string; onPage?: (pageNumber: number) => void } = {},
  ) {
    this.#pdfium = pdfium;
    this.#onPage = onPage;
    this.#data = pdfium.copyIn(bytes);
    try {
      this.#document = load(pdfium, this.#data, bytes, password);
    } catch (error) {
      pdfium.api.free(this.#data);
      throw error;
    }
    this.pageCount = pdfium.api.FPDF_GetPageCount(this.#document);
    if (this.pageCount <= 0) {
      this.close();
      throw new PdfFailure({
        code: "no_pages",
        message: "the PDF has no pages",
        hint: "check how the file was made; a viewer will show nothing either",
      });
    }
  }

  close(): void {
    for (const { pointer } of this.#pages.values()) this.#pdfium.api.FPDF_ClosePage(pointer);
    this.#pages.clear();
    if (this.#form) {
      this.#pdfium.api.PDFiumExt_ExitFormFillEnvironment(this.#form.handle);
      this.#pdfium.api.PDFiumExt_CloseFormFillInfo(this.#form.info);
    }
    this.#pdfium.api.FPDF_CloseDocument(this.#document);
    this.#pdfium.api.free(this.#data);
  }

  describe(): OpenResult {
    return { pageCount: this.pageCount, title: this.#meta("Title"), author: this.#meta("Author") };
  }

  #meta(tag: string): string | undefined {
    const { api } = this.#pdfium;
    const name = this.#pdfium.copyIn(new TextEncoder().encode(tag));
    const value = this.#pdfium.utf16((buffer, size) => api.FPDF_GetMetaText(this.#document, name, buffer, size)).trim();
    api.free(name);
    return value === "" ? undefined : value;
  }

  #label(index: number): string | undefined {
    const { api } = this.#pdfium;
    const label = this.#pdfium.utf16((buffer, size) => api.FPDF_GetPageLabel(this.#document, index, buffer, size));
    return label === "" ? undefined : label;
  }

  /** Loads a page, or gives it when it is among the few that are kept; parsing one costs as much as reading it. */
  #load(pageNumber: number): OpenPage {
    const known = this.#pages.get(pageNumber);
    if (known) return known;
    this.#onPage(pageNumber);
    const { api } = this.#pdfium;
    const pointer = api.FPDF_LoadPage(this.#document, pageNumber - 1);
    if (pointer === 0) {
      throw new PdfFailure({
        code: "damaged_page",
        message: `page ${pageNumber} cannot be loaded: its objects are damaged or missing`,
      });
    }
    const { matrix, widthPt, heightPt } = shownFrame(this.#visibleRect(pointer), api.FPDFPage_GetRotation(pointer));
    const page: OpenPage = { pointer, surface: { toShown: matrix, widthPt, heightPt } };
    this.#pages.set(pageNumber, page);
    if (this.#pages.size > 2 * reach + 1) {
      const [oldest, { pointer: old }] = this.#pages.entries().next().value!;
      api.FPDF_ClosePage(old);
      this.#pages.delete(oldest);
    }
    return page;
  }

  /** The crop box in the media box; a crop box without area is ignored, and a page without any box is US Letter. */
  #visibleRect(page: Pointer): [left: number, bottom: number, right: number, top: number] {
    const { api, scratch: p } = this.#pdfium;
    const at = p >> 2;
    api.FPDF_GetPageBoundingBox(page, p);
    const [left, top, right, bottom] = this.#pdfium.f32.slice(at, at + 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    if (right > left && top > bottom) return [left, bottom, right, top];
    if (api.FPDFPage_GetMediaBox(page, p, p + 4, p + 8, p + 12) !== 0) {
      const [l, b, r, t] = this.#pdfium.f32.slice(at, at + 4) as unknown as [number, number, number, number];
      if (r > l && t > b) return [l, b, r, t];
    }
    return [0, 0, 612, 792];
  }

  #annotations(pointer: Pointer, toShown: Matrix): Annotation[] {
    const { api } = this.#pdfium;
    if (api.FPDFPage_GetAnnotCount(pointer) <= 0) return [];
    if (!this.#form) {
      const info = api.PDFiumExt_OpenFormFillInfo();
      this.#form = { info, handle: api.PDFiumExt_InitFormFillEnvironment(this.#document, info) };
    }
    return readAnnotations(this.#pdfium, pointer, this.#form.handle, toShown);
  }

  #textOf(pageNumber: number): PageText {
    const page = this.#load(pageNumber);
    if (page.text) return page.text;
    this.#onPage(pageNumber);
    const { surface } = page;
    const pageBox: Box = [0, 0, surface.widthPt, surface.heightPt];
    const covers = readCovers(this.#pdfium, page.pointer, surface.toShown);
    const all = this.#withTextPage(pageNumber, page.pointer, (textPage) =>
      readGlyphs(this.#pdfium, textPage, surface.toShown, covers),
    ).filter((glyph) => onPage(glyph, pageBox));
    const doubtful = all.some(({ white, invisible }) => white || invisible);
    const graphics = doubtful ? readGraphics(this.#pdfium, page.pointer, surface.toShown, pageBox) : undefined;
    const hidden = new Set(all.filter((glyph) => isHidden(glyph, graphics)));
    const glyphs = all.filter((glyph) => !hidden.has(glyph));
    const unseen = [...hidden].map(({ text }) => text).join("");
    page.text = { ...surface, glyphs, unseen, upright: uprightFragments(glyphs, surface) };
    return page.text;
  }

  #withTextPage<T>(pageNumber: number, page: Pointer, use: (textPage: Pointer) => T): T {
    const { api } = this.#pdfium;
    const textPage = api.FPDFText_LoadPage(page);
    if (textPage === 0) {
      throw new PdfFailure({ code: "damaged_page", message: `the text of page ${pageNumber} cannot be read` });
    }
    try {
      return use(textPage);
    } finally {
      api.FPDFText_ClosePage(textPage);
    }
  }

  /** The characters of pages in the order of the content stream, without boxes or layout. */
  readTexts(first: number, count: number): string[] {
    return Array.from({ length: count }, (_, i) => this.#readText(first + i));
  }

  #readText(pageNumber: number): string {
    const { api } = this.#pdfium;
    this.#onPage(pageNumber);
    const page = api.FPDF_LoadPage(this.#document, pageNumber - 1);
    if (page === 0) return "";
    try {
      return this.#withTextPage(pageNumber, page, (textPage) => {
        const count = api.FPDFText_CountChars(textPage);
        if (count <= 0) return "";
        const buffer = api.malloc(2 * count + 2);
        const units = api.FPDFText_GetText(textPage, 0, count, buffer) - 1;
        const text = utf16le.decode(this.#pdfium.u8.subarray(buffer, buffer + 2 * Math.max(0, units)));
        api.free(buffer);
        return normalise(joinDivided(text.replaceAll("\r\n", "\n")));
      });
    } finally {
      api.FPDF_ClosePage(page);
    }
  }

  #profile(pageNumber: number): PageProfile | undefined {
    const known = this.#profiles.get(pageNumber);
    if (known) return known;
    let profile: PageProfile = { sizes: new Map(), marginLines: [] };
    try {
      profile = profileOf(this.#textOf(pageNumber));
    } catch (error) {
      // A page that cannot be read tells its neighbours nothing; it fails by itself when it is asked for.
      if (!(error instanceof PdfFailure)) throw error;
    }
    this.#profiles.set(pageNumber, profile);
    return profile;
  }

  #surroundings(pageNumber: number, avoid: readonly number[]): { bodySize: number; marginLines: MarginLine[][] } {
    const sizes = new Map<number, number>();
    const marginLines: MarginLine[][] = [];
    for (let n = Math.max(1, pageNumber - reach); n <= Math.min(this.pageCount, pageNumber + reach); n++) {
      if (avoid.includes(n)) continue;
      const profile = this.#profile(n);
      if (!profile) continue;
      for (const [size, count] of profile.sizes) sizes.set(size, (sizes.get(size) ?? 0) + count);
      if (n !== pageNumber) marginLines.push(profile.marginLines);
    }
    const [bodySize] = [...sizes].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [10, 0]);
    return { bodySize, marginLines };
  }

  /**
   * Reads a page; `crops` also draws its figures. A page without a text layer comes back as a picture to recognise.
   *
   * @param options.avoid pages around that are known to hang PDFium.
   */
  readPage(pageNumber: number, { crops, avoid = [] }: { crops: boolean; avoid?: readonly number[] }): ReadResult {
    const surroundings = this.#surroundings(pageNumber, avoid);
    const { upright, glyphs, unseen } = this.#textOf(pageNumber);
    const { pointer, surface } = this.#load(pageNumber);
    this.#onPage(pageNumber);
    const { widthPt, heightPt, toShown } = surface;
    const pageBox: Box = [0, 0, widthPt, heightPt];
    const draw = (box: Box, dpi: number) => renderBox(this.#pdfium, pointer, { widthPt, heightPt, box, dpi });
    const graphics = readGraphics(this.#pdfium, pointer, toShown, pageBox);
    const base = { number: pageNumber, label: this.#label(pageNumber - 1), widthPt, heightPt };
    const verdict = judgeTextLayer(glyphs, graphics, widthPt * heightPt);
    const scan = verdict === "scan" ? draw(pageBox, scanDpi) : undefined;
    const annotations = this.#annotations(pointer, toShown);
    if (glyphs.length === 0 && annotations.length === 0) {
      const reason = emptyReason(graphics);
      return { page: { ...base, status: "empty", reason, blocks: [], figures: [] }, crops: [], scan };
    }
    const layout = layOutPage(upright, graphics, surface, surroundings);
    const figures = layout.figures.map((figure, i) => ({
      ...figure,
      id: `p${pageNumber}-f${i + 1}`,
      page: pageNumber,
      mentions: [],
    }));
    const pictures = crops ? figures.map(({ box }) => draw(box, cropDpi)) : [];
    const blocks = [...layout.blocks, ...annotationBlocks(annotations, layout.blocks)];
    const hiddenText = unseen.trim().slice(0, 1000) || undefined;
    return { page: { ...base, status: "text", blocks, figures, hiddenText }, crops: pictures, scan };
  }

  render(pageNumber: number, { dpi, box }: { dpi: number; box?: Box }): PageRaster {
    const { pointer, surface } = this.#load(pageNumber);
    const { widthPt, heightPt } = surface;
    return renderBox(this.#pdfium, pointer, { widthPt, heightPt, box: box ?? [0, 0, widthPt, heightPt], dpi });
  }
}

/** PDFium writes U+0002 or U+FFFE for a hyphen that divides a word at a line's end. */
function joinDivided(text: string): string {
  return ["\u0002", "\ufffe"].reduce((joined, mark) => joined.replaceAll(`${mark}\n`, "").replaceAll(mark, ""), text);
}

const utf16le = new TextDecoder("utf-16le");

/** Too small to be read by anybody: text for machines. */
const smallestSize = 1.5;

/**
 * Whether a reader of the page cannot see a character: it is tiny, painted over, white on white, or drawn in the mode
 * for invisible text over nothing (over a picture it is the text layer of a scan). Text that only programs see is how
 * they are told what their owners do not know.
 */
function isHidden({ size, covered, white, invisible, box }: Glyph, graphics: PageGraphics | undefined): boolean {
  if (size < smallestSize || covered) return true;
  if (!graphics || (!white && !invisible)) return false;
  const holds = (area: Box) =>
    box[0] >= area[0] - 2 && box[2] <= area[2] + 2 && box[1] >= area[1] - 2 && box[3] <= area[3] + 2;
  if (graphics.images.some(holds)) return false;
  if (invisible) return true;
  const dark = graphics.rectangles.filter(({ filled, light }) => filled && !light).map((rectangle) => rectangle.box);
  return ![...dark, ...graphics.shapes].some(holds);
}

const onPage = ({ box }: Glyph, page: Box): boolean =>
  box[2] > page[0] - 1 && box[0] < page[2] + 1 && box[3] > page[1] - 1 && box[1] < page[3] + 1;

function emptyReason(graphics: PageGraphics): string {
  return graphics.images.length + graphics.shapes.length > 0
    ? "the page is a picture without a text layer, and no recogniser was given"
    : "the page has no text and no picture";
}

const passwordError = 4;

const securityError = 5;

function load(pdfium: Pdfium, data: Pointer, bytes: Uint8Array, password: string | undefined): Pointer {
  const { api } = pdfium;
  let error = 0;
  for (const candidate of passwordBytes(password)) {
    const pointer = candidate ? pdfium.copyIn(candidate) : 0;
    const document = api.FPDF_LoadMemDocument(data, bytes.length, pointer);
    if (pointer !== 0) api.free(pointer);
    if (document !== 0) return document;
    error = api.FPDF_GetLastError();
    if (error !== passwordError) break;
  }
  if (error === passwordError) {
    throw new PdfFailure(
      password === undefined
        ? {
            code: "password_required",
            message: "the PDF is encrypted and no password was given",
            hint: "give its password with the `password` option",
          }
        : {
            code: "wrong_password",
            message: "the PDF is encrypted and the given password does not open it",
            hint: "check the password, its capitals and its accents",
          },
    );
  }
  if (error === securityError) {
    throw new PdfFailure({
      code: "unsupported_encryption",
      message: "the PDF is encrypted in a way that cannot be read here",
      hint: "open it in a viewer and save a copy without encryption",
    });
  }
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 1024));
  throw new PdfFailure(
    head.includes("%PDF-")
      ? {
          code: "damaged_pdf",
          message: "the PDF is damaged: no page tree can be found in it",
          hint: "get the file again, or repair it with `qpdf FILE repaired.pdf`",
        }
      : {
          code: "not_a_pdf",
          message: `this is not a PDF: it begins with ${JSON.stringify(head.slice(0, 12))} instead of "%PDF-"`,
          hint: "check the file, or convert it to PDF first",
        },
  );
}

/** The password as the revisions of the standard security handler may want it: UTF-8, SASLprep, Latin-1. */
function passwordBytes(password: string | undefined): (Uint8Array | undefined)[] {
  if (password === undefined) return [undefined];
  const utf8 = new TextEncoder();
  const prepared = password
    .normalize("NFKC")
    .replaceAll("\u00ad", "")
    .replace(/[\u00a0\u2000-\u200b\u3000]/gu, " ");
  const forms = [utf8.encode(password), utf8.encode(prepared)];
  if ([...password].every((c) => c.codePointAt(0)! < 256))
    forms.push(Uint8Array.from(password, (c) => c.charCodeAt(0)));
  return forms;
}
