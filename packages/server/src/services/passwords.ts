import type { SealedValues } from "../security/sealed.ts";

/** How long a password is of use to other servers after it was given. */
const keptHours = 24;

/**
 * Passwords of encrypted documents, given once. Servers that share a database and a token tell them each other, sealed, for a
 * day; a server by itself keeps them in memory only, and forgets them when it stops.
 */
export class Passwords {
  readonly #byDocument = new Map<string, string>();
  readonly #sealed: SealedValues | undefined;

  constructor(sealed?: SealedValues) {
    this.#sealed = sealed;
  }

  async get(document: string): Promise<string | undefined> {
    return this.#byDocument.get(document) ?? (await this.#sealed?.get(nameOf(document)));
  }

  async set(document: string, password: string): Promise<void> {
    this.#byDocument.set(document, password);
    await this.#sealed?.set(nameOf(document), password, { hours: keptHours });
  }

  async delete(document: string): Promise<void> {
    this.#byDocument.delete(document);
    await this.#sealed?.delete(nameOf(document));
  }
}

const nameOf = (document: string) => `password of ${document}`;
