/**
 * Which event may follow which in a stream, by their kinds: `start` stands before the first. What is not in the table is
 * never written, whatever a model or a bug does.
 */
export type StreamGrammar = Readonly<Record<string, readonly string[]>>;

/** Follows one stream through its grammar. */
export class StreamCheck {
  readonly #grammar: StreamGrammar;
  #at = "start";

  constructor(grammar: StreamGrammar) {
    this.#grammar = grammar;
  }

  /** @throws {Error} when the event may not come here: a bug of the encoder. */
  step(kind: string): void {
    if (!this.#grammar[this.#at]?.includes(kind))
      throw new Error(
        `A stream may not go from ${this.#at} to ${kind}; its grammar allows ${this.#grammar[this.#at]}.`,
      );
    this.#at = kind;
  }

  get at(): string {
    return this.#at;
  }
}
