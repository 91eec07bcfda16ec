/** Bits for each triple that a text has: about a fifth of them are set then. */
const BITS_OF_TRIPLE = 4;
const FEWEST_BYTES = 32;
const MOST_BYTES = 1024;
/** Of the hash; a filter of fewer bits takes its lower ones. */
const HASH_BITS = 13;

/** Collects the triples of letters of some texts, whatever their case. */
export class WordBits {
  readonly #seen = new Uint8Array(2 ** HASH_BITS);
  #count = 0;

  add(text: string): void {
    for (const at of triplesOf(text)) {
      if (this.#seen[at] === 1) continue;
      this.#seen[at] = 1;
      this.#count++;
    }
  }

  /** As many bytes as the number of triples asks for, a power of two; bit n is that of `get_bit`. */
  toBytes(): Uint8Array {
    const wanted = 2 ** Math.ceil(Math.log2(Math.max(1, (this.#count * BITS_OF_TRIPLE) / 8)));
    const bytes = new Uint8Array(Math.min(MOST_BYTES, Math.max(FEWEST_BYTES, wanted)));
    const last = bytes.length * 8 - 1;
    for (let at = 0; at < this.#seen.length; at++) {
      if (this.#seen[at] === 0) continue;
      const bit = at & last;
      bytes[bit >> 3]! |= 1 << (bit & 7);
    }
    return bytes;
  }
}

/** The places of a text's triples; none for one of fewer than three letters. */
export function* triplesOf(text: string): Generator<number> {
  // A sigma ends a word in another form than it stands inside of one.
  const plain = text.toLowerCase().replaceAll("ς", "σ");
  for (let i = 2; i < plain.length; i++) {
    const mixed = Math.imul(
      (plain.charCodeAt(i - 2) * 31 + plain.charCodeAt(i - 1)) * 31 + plain.charCodeAt(i),
      0x9e3779b1,
    );
    yield mixed >>> (32 - HASH_BITS);
  }
}
