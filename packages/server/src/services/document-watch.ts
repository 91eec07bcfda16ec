import type { DocumentRecord, Library } from "@loam/library";

export type DocumentChange = { type: "changed"; document: DocumentRecord } | { type: "removed"; id: string };
type Listener = (change: DocumentChange) => void;

const busyIntervalMs = 300;
const idleIntervalMs = 3000;

/**
 * Tells listeners what changes in the list of documents. It looks at the list rather than at the work: the pages may be
 * read by another process. It looks only while somebody listens, and rarely while nothing is being read.
 */
export class DocumentWatch {
  readonly #library: Pick<Library, "documents">;
  readonly #listeners = new Set<Listener>();
  #known = new Map<string, { document: DocumentRecord; digest: string }>();
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  #lookAgain = false;
  #markClosed: () => void = () => {};
  /** Resolves when the server stops: listeners then end their streams. */
  readonly closed = new Promise<void>((resolve) => {
    this.#markClosed = resolve;
  });

  constructor(library: Pick<Library, "documents">) {
    this.#library = library;
  }

  /** Listens from now on; the first calls tell every document there is. @returns stops listening */
  subscribe(listener: Listener): () => void {
    for (const { document } of this.#known.values()) listener({ type: "changed", document });
    this.#listeners.add(listener);
    this.wake();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#rest();
    };
  }

  /** Looks now: something was added, removed or begun. */
  wake(): void {
    if (this.#listeners.size === 0) return;
    if (this.#looking) this.#lookAgain = true;
    else void this.#look();
  }

  close(): void {
    this.#markClosed();
    this.#listeners.clear();
    this.#rest();
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#known.clear();
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    this.#looking = true;
    let busy = false;
    try {
      const documents = await this.#library.documents();
      if (this.#listeners.size === 0) return;
      busy = documents.some(({ status }) => status === "queued" || status === "reading");
      const before = this.#known;
      this.#known = new Map();
      for (const document of documents) {
        const digest = JSON.stringify(document);
        this.#known.set(document.id, { document, digest });
        if (before.get(document.id)?.digest !== digest) this.#tell({ type: "changed", document });
      }
      for (const id of before.keys()) if (!this.#known.has(id)) this.#tell({ type: "removed", id });
    } catch {
      // The database is away for a moment; requests report it, and the next look tries again.
    } finally {
      this.#looking = false;
      if (this.#listeners.size > 0) {
        const delayMs = this.#lookAgain ? 0 : busy ? busyIntervalMs : idleIntervalMs;
        this.#lookAgain = false;
        this.#timer = setTimeout(() => void this.#look(), delayMs);
      }
    }
  }

  #tell(change: DocumentChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
