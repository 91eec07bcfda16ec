/** Passwords of encrypted documents: given once, kept in memory only, forgotten when the server stops. */
export class Passwords {
  readonly #byDocument = new Map<string, string>();

  get(document: string): string | undefined {
    return this.#byDocument.get(document);
  }

  set(document: string, password: string): void {
    this.#byDocument.set(document, password);
  }

  delete(document: string): void {
    this.#byDocument.delete(document);
  }
}
