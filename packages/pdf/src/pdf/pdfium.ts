import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { init } from "@embedpdf/pdfium";

/** A pointer into PDFium's memory; 0 is null. */
export type Pointer = number;

/** The functions of PDFium's C API (fpdfview.h, fpdf_text.h, fpdf_edit.h) that Loam calls, as raw WebAssembly exports. */
export interface PdfiumApi {
  memory: WebAssembly.Memory;
  malloc(sizeBytes: number): Pointer;
  free(pointer: Pointer): void;
  PDFiumExt_Init(): void;
  FPDF_GetLastError(): number;
  FPDF_LoadMemDocument(data: Pointer, sizeBytes: number, password: Pointer): Pointer;
  FPDF_CloseDocument(document: Pointer): void;
  FPDF_GetPageCount(document: Pointer): number;
  FPDF_GetMetaText(document: Pointer, tag: Pointer, buffer: Pointer, sizeBytes: number): number;
  FPDF_GetPageLabel(document: Pointer, index: number, buffer: Pointer, sizeBytes: number): number;
  FPDF_GetPageSizeByIndexF(document: Pointer, index: number, size: Pointer): number;
  FPDF_LoadPage(document: Pointer, index: number): Pointer;
  FPDF_ClosePage(page: Pointer): void;
  FPDF_GetPageBoundingBox(page: Pointer, rect: Pointer): number;
  FPDFPage_GetMediaBox(page: Pointer, left: Pointer, bottom: Pointer, right: Pointer, top: Pointer): number;
  FPDFPage_GetRotation(page: Pointer): number;
  FPDFPage_CountObjects(page: Pointer): number;
  FPDFPage_GetObject(page: Pointer, index: number): Pointer;
  FPDFFormObj_CountObjects(form: Pointer): number;
  FPDFFormObj_GetObject(form: Pointer, index: number): Pointer;
  FPDFPageObj_GetType(object: Pointer): number;
  FPDFPageObj_GetBounds(object: Pointer, left: Pointer, bottom: Pointer, right: Pointer, top: Pointer): number;
  FPDFPageObj_GetMatrix(object: Pointer, matrix: Pointer): number;
  FPDFPageObj_GetFillColor(object: Pointer, r: Pointer, g: Pointer, b: Pointer, a: Pointer): number;
  FPDFPageObj_GetStrokeColor(object: Pointer, r: Pointer, g: Pointer, b: Pointer, a: Pointer): number;
  FPDFPageObj_GetStrokeWidth(object: Pointer, width: Pointer): number;
  FPDFPageObj_HasTransparency(object: Pointer): number;
  FPDFPageObj_GetClipPath(object: Pointer): Pointer;
  FPDFClipPath_CountPaths(clip: Pointer): number;
  FPDFClipPath_CountPathSegments(clip: Pointer, path: number): number;
  FPDFClipPath_GetPathSegment(clip: Pointer, path: number, index: number): Pointer;
  FPDFPath_CountSegments(path: Pointer): number;
  FPDFPath_GetPathSegment(path: Pointer, index: number): Pointer;
  FPDFPath_GetDrawMode(path: Pointer, fillMode: Pointer, stroke: Pointer): number;
  FPDFPathSegment_GetPoint(segment: Pointer, x: Pointer, y: Pointer): number;
  FPDFPathSegment_GetType(segment: Pointer): number;
  FPDFPathSegment_GetClose(segment: Pointer): number;
  FPDFText_LoadPage(page: Pointer): Pointer;
  FPDFText_ClosePage(textPage: Pointer): void;
  FPDFText_CountChars(textPage: Pointer): number;
  FPDFText_GetText(textPage: Pointer, start: number, count: number, buffer: Pointer): number;
  FPDFText_GetUnicode(textPage: Pointer, index: number): number;
  FPDFText_IsGenerated(textPage: Pointer, index: number): number;
  FPDFText_IsHyphen(textPage: Pointer, index: number): number;
  FPDFText_HasUnicodeMapError(textPage: Pointer, index: number): number;
  FPDFText_GetFontSize(textPage: Pointer, index: number): number;
  FPDFText_GetMatrix(textPage: Pointer, index: number, matrix: Pointer): number;
  FPDFText_GetTextObject(textPage: Pointer, index: number): Pointer;
  FPDFText_GetCharBox(
    textPage: Pointer,
    index: number,
    left: Pointer,
    right: Pointer,
    bottom: Pointer,
    top: Pointer,
  ): number;
  FPDFText_GetLooseCharBox(textPage: Pointer, index: number, rect: Pointer): number;
  FPDFText_GetCharOrigin(textPage: Pointer, index: number, x: Pointer, y: Pointer): number;
  FPDFTextObj_GetFont(object: Pointer): Pointer;
  FPDFTextObj_GetTextRenderMode(object: Pointer): number;
  FPDFFont_GetBaseFontName(font: Pointer, buffer: Pointer, sizeBytes: number): number;
  FPDFFont_GetWeight(font: Pointer): number;
  FPDFFont_GetFlags(font: Pointer): number;
  FPDFPage_GetAnnotCount(page: Pointer): number;
  FPDFPage_GetAnnot(page: Pointer, index: number): Pointer;
  FPDFPage_CloseAnnot(annotation: Pointer): void;
  FPDFAnnot_GetSubtype(annotation: Pointer): number;
  FPDFAnnot_GetFlags(annotation: Pointer): number;
  FPDFAnnot_GetRect(annotation: Pointer, rect: Pointer): number;
  FPDFAnnot_GetStringValue(annotation: Pointer, key: Pointer, buffer: Pointer, sizeBytes: number): number;
  FPDFAnnot_GetFormFieldType(form: Pointer, annotation: Pointer): number;
  FPDFAnnot_GetFormFieldValue(form: Pointer, annotation: Pointer, buffer: Pointer, sizeBytes: number): number;
  FPDFAnnot_GetFormFieldAlternateName(form: Pointer, annotation: Pointer, buffer: Pointer, sizeBytes: number): number;
  FPDFAnnot_IsChecked(form: Pointer, annotation: Pointer): number;
  PDFiumExt_OpenFormFillInfo(): Pointer;
  PDFiumExt_CloseFormFillInfo(info: Pointer): void;
  PDFiumExt_InitFormFillEnvironment(document: Pointer, info: Pointer): Pointer;
  PDFiumExt_ExitFormFillEnvironment(form: Pointer): void;
  FPDFBitmap_Create(width: number, height: number, alpha: number): Pointer;
  FPDFBitmap_FillRect(bitmap: Pointer, left: number, top: number, width: number, height: number, argb: number): number;
  FPDFBitmap_GetBuffer(bitmap: Pointer): Pointer;
  FPDFBitmap_GetStride(bitmap: Pointer): number;
  FPDFBitmap_Destroy(bitmap: Pointer): void;
  FPDF_RenderPageBitmap(
    bitmap: Pointer,
    page: Pointer,
    startX: number,
    startY: number,
    sizeX: number,
    sizeY: number,
    rotate: number,
    flags: number,
  ): void;
}

/** PDFium with views on its memory; the views are renewed when the memory grows. */
export class Pdfium {
  readonly api: PdfiumApi;
  /** 256 bytes for out-parameters. */
  readonly scratch: Pointer;
  #f32: Float32Array;
  #f64: Float64Array;
  #u8: Uint8Array;

  constructor(api: PdfiumApi) {
    this.api = api;
    api.PDFiumExt_Init();
    this.scratch = api.malloc(256);
    this.#f32 = new Float32Array(api.memory.buffer);
    this.#f64 = new Float64Array(api.memory.buffer);
    this.#u8 = new Uint8Array(api.memory.buffer);
  }

  get f32(): Float32Array {
    if (this.#f32.buffer !== this.api.memory.buffer) this.#f32 = new Float32Array(this.api.memory.buffer);
    return this.#f32;
  }

  get f64(): Float64Array {
    if (this.#f64.buffer !== this.api.memory.buffer) this.#f64 = new Float64Array(this.api.memory.buffer);
    return this.#f64;
  }

  get u8(): Uint8Array {
    if (this.#u8.buffer !== this.api.memory.buffer) this.#u8 = new Uint8Array(this.api.memory.buffer);
    return this.#u8;
  }

  get memoryBytes(): number {
    return this.api.memory.buffer.byteLength;
  }

  /**
   * Copies bytes into PDFium's memory with a zero behind them; the caller frees the pointer.
   *
   * @throws {RangeError} when its memory has no room.
   */
  copyIn(bytes: Uint8Array): Pointer {
    const pointer = this.api.malloc(bytes.length + 1);
    if (pointer === 0) throw new RangeError(`PDFium has no room for ${bytes.length} bytes`);
    this.u8.set(bytes, pointer);
    this.u8[pointer + bytes.length] = 0;
    return pointer;
  }

  /** The text that a PDFium getter writes as UTF-16LE: called once for its size, once for its bytes. */
  utf16(get: (buffer: Pointer, sizeBytes: number) => number): string {
    return this.#text(get, "utf-16le", 2);
  }

  /** The text that a PDFium getter writes as UTF-8. */
  utf8(get: (buffer: Pointer, sizeBytes: number) => number): string {
    return this.#text(get, "utf-8", 1);
  }

  #text(get: (buffer: Pointer, sizeBytes: number) => number, encoding: string, unitBytes: number): string {
    const sizeBytes = get(0, 0);
    if (sizeBytes <= unitBytes || sizeBytes > 1 << 20) return "";
    const buffer = this.api.malloc(sizeBytes);
    try {
      get(buffer, sizeBytes);
      return new TextDecoder(encoding)
        .decode(this.u8.slice(buffer, buffer + sizeBytes - unitBytes))
        .replaceAll("\0", "");
    } finally {
      this.api.free(buffer);
    }
  }
}

/**
 * Starts PDFium. The exports are called directly: Emscripten's wrappers cost more than most of the calls
 * (docs/decisions/0040).
 */
export async function loadPdfium(): Promise<Pdfium> {
  const wasmBinary = await readFile(fileURLToPath(import.meta.resolve("@embedpdf/pdfium/pdfium.wasm")));
  return new Promise((resolve, reject) => {
    let api: PdfiumApi | undefined;
    const overrides = {
      wasmBinary,
      print: () => {},
      printErr: () => {},
      instantiateWasm(
        imports: WebAssembly.Imports,
        done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
      ) {
        WebAssembly.instantiate(new Uint8Array(wasmBinary), imports).then(({ instance, module }) => {
          api = instance.exports as unknown as PdfiumApi;
          done(instance, module);
        }, reject);
        return {};
      },
    };
    init(overrides as unknown as Parameters<typeof init>[0]).then(() => resolve(new Pdfium(api!)), reject);
  });
}
