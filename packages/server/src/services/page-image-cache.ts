import type { Library } from "@loam/library";

/**
 * Page pictures, the last used ones kept up to a number of bytes. A page that is asked for while it is being drawn is
 * drawn once.
 */
export class PageImageCache {
  readonly #library: Pick<Library, "pageImage">;
  readonly #limitBytes: number;
  readonly #kept = new Map<string, Uint8Array>(); // oldest use first
  readonly #drawing = new Map<string, Promise<Uint8Array>>();
  #sizeBytes = 0;

  constructor(library: Pick<Library, "pageImage">, { limitBytes = 64 * 1024 ** 2 }: { limitBytes?: number } = {}) {
    this.#library = library;
    this.#limitBytes = limitBytes;
  }

  async get(document: string, page: number, options: { dpi: number; password?: string }): Promise<Uint8Array> {
    const key = `${document}/${page}/${options.dpi}/${options.password ?? ""}`;
    const kept = this.#kept.get(key);
    if (kept) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept;
    }
    let drawing = this.#drawing.get(key);
    if (!drawing) {
      drawing = this.#library.pageImage(document, page, options).finally(() => this.#drawing.delete(key));
      this.#drawing.set(key, drawing);
      drawing.then(
        (png) => this.#keep(key, png),
        () => {},
      );
    }
    return await drawing;
  }

  #keep(key: string, png: Uint8Array): void {
    this.#kept.set(key, png);
    this.#sizeBytes += png.length;
    for (const [oldest, bytes] of this.#kept) {
      if (this.#sizeBytes <= this.#limitBytes) break;
      this.#kept.delete(oldest);
      this.#sizeBytes -= bytes.length;
    }
  }
}
