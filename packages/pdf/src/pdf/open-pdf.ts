import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { ArgumentError, CancelledError, InputError, NotFoundError, throwIfCancelled } from "@loam/core";
import sharp from "sharp";
import type { Box, DocumentInfo, Page } from "../document.ts";
import type { Recogniser } from "../ocr/recogniser.ts";
import { PdfiumPool, TaskFailure } from "./pool.ts";
import type { OpenTicket, ReadResult } from "./protocol.ts";
import { readScan } from "./read-scan.ts";
import { recogniseFigures } from "./recognise-figures.ts";
import { cropDpi, type PageRaster } from "./render.ts";

export interface ReadPageOptions {
  /** Reads pages that have no text layer; without it they end as `empty`. */
  recogniser?: Pick<Recogniser, "recognise">;
  /** Whether figures come with their picture. */
  figureImages?: "png" | "none";
  signal?: AbortSignal;
}

/** An open PDF. Pages are read one by one, on request, and several at a time when asked for together. */
export interface PdfDocument {
  readonly info: DocumentInfo;
  /** Never throws for a bad page: it comes back with the status "failed" and a reason. */
  readPage(pageNumber: number, options?: ReadPageOptions): Promise<Page>;
  /**
   * The characters of pages (all of them by default) in stream order: the fastest way to a document's words, without
   * boxes, columns or recognition.
   */
  readText(options?: { from?: number; to?: number; signal?: AbortSignal }): Promise<string[]>;
  /** Draws a page, or a box of it (shown points), as PNG; huge pages are drawn at less than the dpi asked for. */
  renderPage(
    pageNumber: number,
    options?: { dpi?: number; box?: Box },
  ): Promise<{ png: Uint8Array; widthPx: number; heightPx: number }>;
  close(): void;
}

/** Larger files are refused unread: PDFium holds a file in its memory of at most 2 GiB. */
export const maxPdfSizeBytes = 1 << 30;

/** Pages whose plain text is read in one go. */
const stretchPages = 8;

const defaultTimeoutMs = 20_000;
let pool: PdfiumPool | undefined;
let nextKey = 1;

/**
 * Opens a PDF.
 *
 * @param options.name what errors call the file.
 * @param options.timeoutMs how long one page may take before its thread is stopped.
 * @throws {InputError} `empty_file`, `file_too_large`, `not_a_pdf`, `damaged_pdf`, `no_pages`, `password_required`,
 *   `wrong_password`, `unsupported_encryption`, `timeout` or `pdfium_crash`.
 */
export async function openPdf(
  bytes: Uint8Array,
  {
    name = "the PDF",
    password,
    timeoutMs = defaultTimeoutMs,
    signal,
  }: { name?: string; password?: string; timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<PdfDocument> {
  checkSize(bytes.length, name);
  pool ??= new PdfiumPool();
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  const ticket: OpenTicket = { key: nextKey++, bytes: shared, password };
  try {
    const { pageCount, title, author } = await pool.run(ticket, { task: "open" }, { timeoutMs, signal });
    const contentHash = createHash("sha256").update(bytes).digest("hex");
    return new PooledPdf(
      ticket,
      { pageCount, title, author, contentHash, sizeBytes: bytes.length },
      { name, timeoutMs, pool },
    );
  } catch (error) {
    if (error instanceof TaskFailure) throw toInputError(error, name);
    throw error;
  }
}

/** Opens a PDF by its path; its size is looked at before it is read. */
export async function openPdfFile(
  path: string,
  options: Omit<Parameters<typeof openPdf>[1] & {}, "name"> = {},
): Promise<PdfDocument> {
  const name = basename(path);
  const found = await stat(path).catch((cause) => {
    throw new NotFoundError("file", path, { cause });
  });
  checkSize(found.size, name);
  return openPdf(await readFile(path), { ...options, name });
}

function checkSize(sizeBytes: number, name: string): void {
  if (sizeBytes === 0)
    throw new InputError("empty_file", `${name}: the file is empty (0 bytes).`, {
      details: { name },
      hint: "get the file again",
    });
  if (sizeBytes <= maxPdfSizeBytes) return;
  throw new InputError(
    "file_too_large",
    `${name}: ${(sizeBytes / 2 ** 30).toFixed(2)} GiB is more than the ${maxPdfSizeBytes / 2 ** 30} GiB that can be read.`,
    {
      details: { name, sizeBytes, maxPdfSizeBytes },
      hint: "split it, for example with `qpdf --split-pages=500 FILE part.pdf`",
    },
  );
}

function toInputError({ failure }: TaskFailure, name: string): InputError {
  return new InputError(failure.code, `${name}: ${failure.message}.`, { details: { name }, hint: failure.hint });
}

class PooledPdf implements PdfDocument {
  readonly info: DocumentInfo;
  readonly #ticket: OpenTicket;
  readonly #pool: PdfiumPool;
  readonly #name: string;
  readonly #timeoutMs: number;
  /** Pages that hung or crashed PDFium; those around them are read without a look at them. */
  readonly #bad = new Set<number>();

  constructor(
    ticket: OpenTicket,
    info: DocumentInfo,
    { name, timeoutMs, pool }: { name: string; timeoutMs: number; pool: PdfiumPool },
  ) {
    this.info = info;
    this.#ticket = ticket;
    this.#pool = pool;
    this.#name = name;
    this.#timeoutMs = timeoutMs;
  }

  async readPage(
    pageNumber: number,
    { recogniser, figureImages = "png", signal }: ReadPageOptions = {},
  ): Promise<Page> {
    this.#check(pageNumber);
    try {
      const crops = figureImages === "png";
      const result = await this.#pool.run(
        this.#ticket,
        { task: "read", pageNumber, crops, avoid: [...this.#bad] },
        { timeoutMs: this.#timeoutMs, signal },
      );
      throwIfCancelled(signal, `reading page ${pageNumber}`);
      if (result.scan && recogniser) {
        const page = await readScan(result.page, result.scan, recogniser, signal);
        return crops ? await this.#drawFigures(page, signal) : page;
      }
      if (recogniser) await recogniseFigures(result, recogniser, signal);
      await attachPictures(result);
      return result.page;
    } catch (error) {
      if (error instanceof CancelledError) throw error;
      const at = error instanceof TaskFailure ? error.failure.pageNumber : undefined;
      if (at !== undefined && !this.#bad.has(at)) {
        this.#bad.add(at);
        if (at !== pageNumber) return this.readPage(pageNumber, { recogniser, figureImages, signal });
      }
      return {
        number: pageNumber,
        widthPt: 0,
        heightPt: 0,
        status: "failed",
        reason: reasonOf(error),
        blocks: [],
        figures: [],
      };
    }
  }

  async readText({
    from = 1,
    to = this.info.pageCount,
    signal,
  }: {
    from?: number;
    to?: number;
    signal?: AbortSignal;
  } = {}): Promise<string[]> {
    this.#check(from);
    this.#check(to);
    const stretches: Promise<string[]>[] = [];
    for (let pageNumber = from; pageNumber <= to; pageNumber += stretchPages) {
      const task = { task: "text", pageNumber, count: Math.min(stretchPages, to + 1 - pageNumber) } as const;
      stretches.push(this.#pool.run(this.#ticket, task, { timeoutMs: this.#timeoutMs, signal }));
    }
    try {
      return (await Promise.all(stretches)).flat();
    } catch (error) {
      if (error instanceof TaskFailure)
        throw toInputError(error, `${this.#name}, page ${error.failure.pageNumber ?? from}`);
      throw error;
    }
  }

  async #drawFigures(page: Page, signal: AbortSignal | undefined): Promise<Page> {
    for (const figure of page.figures) {
      const task = { task: "render", pageNumber: page.number, dpi: cropDpi, box: figure.box } as const;
      const raster = await this.#pool.run(this.#ticket, task, { timeoutMs: this.#timeoutMs, signal });
      Object.assign(figure, { png: await toPng(raster), widthPx: raster.width, heightPx: raster.height });
    }
    return page;
  }

  async renderPage(
    pageNumber: number,
    { dpi = 110, box }: { dpi?: number; box?: Box } = {},
  ): Promise<{ png: Uint8Array; widthPx: number; heightPx: number }> {
    this.#check(pageNumber);
    try {
      const raster = await this.#pool.run(
        this.#ticket,
        { task: "render", pageNumber, dpi, box },
        { timeoutMs: this.#timeoutMs },
      );
      return { png: await toPng(raster), widthPx: raster.width, heightPx: raster.height };
    } catch (error) {
      if (error instanceof TaskFailure) throw toInputError(error, `${this.#name}, page ${pageNumber}`);
      throw error;
    }
  }

  close(): void {
    this.#pool.forget(this.#ticket);
  }

  #check(pageNumber: number): void {
    const { pageCount } = this.info;
    if (!Number.isInteger(pageNumber) || pageNumber < 1 || pageNumber > pageCount) {
      throw new ArgumentError("pageNumber", pageNumber, `a page of ${this.#name}, 1 to ${pageCount}`);
    }
  }
}

async function attachPictures({ page, crops }: ReadResult): Promise<void> {
  for (const [i, crop] of crops.entries()) {
    const figure = page.figures[i]!;
    figure.png = await toPng(crop);
    figure.widthPx = crop.width;
    figure.heightPx = crop.height;
  }
}

async function toPng({ data, width, height, channels, dpi }: PageRaster): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels } })
    .removeAlpha()
    .withMetadata({ density: dpi })
    .png({ compressionLevel: 6 })
    .toBuffer();
}

function reasonOf(error: unknown): string {
  if (error instanceof TaskFailure) return error.failure.message;
  return error instanceof Error ? error.message : String(error);
}
