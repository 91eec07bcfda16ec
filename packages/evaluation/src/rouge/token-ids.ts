/** Replaces strings by small integers, equal strings by equal ones, so that metrics compare and count numbers. */
export class TokenIds {
  readonly #ids = new Map<string, number>();

  /** Number of distinct tokens seen. */
  get size(): number {
    return this.#ids.size;
  }

  /** @returns one id in [0, size) per token. */
  encode(tokens: readonly string[]): Int32Array {
    const ids = new Int32Array(tokens.length);
    for (let i = 0; i < tokens.length; i++) {
      let id = this.#ids.get(tokens[i]!);
      if (id === undefined) this.#ids.set(tokens[i]!, (id = this.#ids.size));
      ids[i] = id;
    }
    return ids;
  }
}
