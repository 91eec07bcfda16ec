import type { Block, DocumentInfo, DocumentKind, Page } from "../document.ts";
import type { ReadPageOptions } from "../pdf/open-pdf.ts";
import type { DocumentFile } from "./document-file.ts";

/** A message and its attachments, one after the other; pages of an attachment say whose they are. */
export class JoinedDocument implements DocumentFile {
  readonly info: DocumentInfo;
  readonly kind: DocumentKind;
  /** Each with the number of pages before it. */
  readonly #parts: { name?: string; file: DocumentFile; before: number }[] = [];

  constructor(message: DocumentFile, attachments: readonly { name: string; file: DocumentFile }[]) {
    this.kind = message.kind;
    let before = 0;
    for (const part of [{ file: message }, ...attachments]) {
      this.#parts.push({ ...part, before });
      before += part.file.info.pageCount;
    }
    this.info = { ...message.info, pageCount: before };
  }

  async readPage(pageNumber: number, options?: ReadPageOptions): Promise<Page> {
    const { name, file, before } = this.#partOf(pageNumber);
    const page = await file.readPage(pageNumber - before, options);
    return name === undefined ? page : asPartOf(page, { name, before });
  }

  renderPage(pageNumber: number, options?: Parameters<DocumentFile["renderPage"]>[1]) {
    const { file, before } = this.#partOf(pageNumber);
    return file.renderPage(pageNumber - before, options);
  }

  close(): void {
    for (const { file } of this.#parts) file.close();
  }

  #partOf(pageNumber: number) {
    return this.#parts.findLast(({ before }) => before < pageNumber) ?? this.#parts[0]!;
  }
}

/** The page with its number in the whole; every line says in which attachment it stands. */
function asPartOf(page: Page, { name, before }: { name: string; before: number }): Page {
  const number = page.number + before;
  const blocks = page.blocks.map(
    (block): Block => ({
      ...block,
      lines: block.lines.map((line) => ({ ...line, place: { part: name, ...line.place } })),
    }),
  );
  const figures = page.figures.map((figure) => ({
    ...figure,
    id: figure.id.replace(/^p\d+/, `p${number}`),
    page: number,
  }));
  return { ...page, number, label: page.label ? `${name}, ${page.label}` : name, blocks, figures };
}
