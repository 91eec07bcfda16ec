import { createHash } from "node:crypto";
import { ArgumentError, InputError, throwIfCancelled, withinBudget } from "@loam/core";
import type { DocumentInfo, Page } from "../document.ts";
import type { ReadPageOptions } from "../pdf/open-pdf.ts";
import type { DocumentFile, OpenDocumentOptions } from "./document-file.ts";
import { drawPage, pictureOf } from "./pages/draw-page.ts";
import { maxPages, type SetPage } from "./pages/set-pages.ts";
import type { FlowKind } from "./read/read-flow.ts";
import type { SetDocument } from "./read-and-set.worker.ts";

/** What a parser may take of a file from a stranger. */
const budget = { seconds: 180, memoryMiB: 1536 };
const figurePixels = { width: 2000, height: 2000 };

/** Documents that were set on pages just now: whoever looks at one page looks at the next. */
const recent = new Map<string, SetDocument>();
const keptDocuments = 2;

/**
 * Opens a document that has no pages of its own: it is read in a thread with a budget, and set on pages.
 *
 * @throws {LoamError} `invalid_file`, `budget_exceeded`, `too_many_pages` or what its reader says.
 */
export async function openFlow(
  bytes: Uint8Array,
  kind: FlowKind,
  { name = "the document", signal }: OpenDocumentOptions,
): Promise<FlowDocument> {
  const contentHash = createHash("sha256").update(bytes).digest("hex");
  const key = `${kind} ${contentHash}`;
  let set = recent.get(key);
  if (!set) {
    const module = new URL(
      import.meta.url.endsWith(".ts") ? "./read-and-set.worker.ts" : "./read-and-set.worker.js",
      import.meta.url,
    );
    const task = { module, name: "readAndSet", what: `Reading ${name}` };
    set = await withinBudget<SetDocument>(task, { name, kind, bytes }, { ...budget, signal });
    if (set.pages.length > maxPages)
      throw new InputError("too_many_pages", `${name} comes to more than ${maxPages} pages.`, {
        details: { name, maxPages },
        hint: "split it",
      });
  }
  recent.delete(key);
  recent.set(key, set);
  for (const old of [...recent.keys()].slice(0, -keptDocuments)) recent.delete(old);
  const { title, author } = set;
  const info = { pageCount: set.pages.length, title, author, contentHash, sizeBytes: bytes.length };
  return new FlowDocument(info, kind, set, name);
}

export class FlowDocument implements DocumentFile {
  readonly info: DocumentInfo;
  readonly kind: FlowKind;
  readonly attachments: { name: string; bytes: Uint8Array }[];
  readonly #pages: readonly SetPage[];
  readonly #name: string;

  constructor(info: DocumentInfo, kind: FlowKind, set: SetDocument, name: string) {
    this.info = info;
    this.kind = kind;
    this.attachments = set.attachments ?? [];
    this.#pages = set.pages;
    this.#name = name;
  }

  async readPage(pageNumber: number, { figureImages = "png", signal }: ReadPageOptions = {}): Promise<Page> {
    const set = this.#page(pageNumber);
    throwIfCancelled(signal, `reading page ${pageNumber}`);
    const page: Page = structuredClone(set.page);
    if (figureImages === "none") return page;
    for (const figure of page.figures) {
      const own = set.pictures.find(({ figure: id }) => id === figure.id);
      const picture = own && (await pictureOf(own.bytes, figurePixels));
      if (picture) Object.assign(figure, { png: picture.data, widthPx: picture.width, heightPx: picture.height });
      else if (!own) Object.assign(figure, await drawPage(set, { dpi: 150, box: figure.box }));
    }
    // A picture that nothing here can draw (a metafile, a damaged one) and that says nothing is none.
    page.figures = page.figures.filter(({ png, caption }) => png || caption);
    if (page.blocks.length === 0 && page.figures.length === 0)
      Object.assign(page, { status: "empty", reason: "there is nothing on it" });
    return page;
  }

  renderPage(pageNumber: number, { dpi = 110, box }: Parameters<DocumentFile["renderPage"]>[1] = {}) {
    return drawPage(this.#page(pageNumber), { dpi, ...(box && { box }) });
  }

  close(): void {}

  #page(number: number): SetPage {
    const page = this.#pages[number - 1];
    if (page) return page;
    throw new ArgumentError("pageNumber", number, `a page of ${this.#name}, 1 to ${this.#pages.length}`);
  }
}
