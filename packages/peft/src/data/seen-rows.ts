import { createHash } from "node:crypto";

/**
 * A set of texts by the first 128 bits of their SHA-256: about 32 bytes for each, whatever its length. Open addressing with
 * linear probing. Among a billion rows the chance that any two different ones are taken for equal is about 10⁻²⁰.
 */
export class SeenRows {
  #slots = new BigUint64Array(2 * 1024);
  #count = 0;

  /** Adds a text; false when it was there. */
  add(text: string): boolean {
    const digest = createHash("sha256").update(text).digest();
    // 0 marks a free slot.
    const [high, low] = [digest.readBigUInt64LE(0) | 1n, digest.readBigUInt64LE(8)];
    if (4 * this.#count >= this.#slots.length) this.#grow();
    return this.#insert(high, low);
  }

  #insert(high: bigint, low: bigint): boolean {
    const capacity = this.#slots.length / 2;
    for (let at = Number(low % BigInt(capacity)); ; at = (at + 1) % capacity) {
      const found = this.#slots[2 * at]!;
      if (found === high && this.#slots[2 * at + 1] === low) return false;
      if (found !== 0n) continue;
      this.#slots[2 * at] = high;
      this.#slots[2 * at + 1] = low;
      this.#count++;
      return true;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new BigUint64Array(2 * old.length);
    this.#count = 0;
    for (let i = 0; i < old.length; i += 2) if (old[i] !== 0n) this.#insert(old[i]!, old[i + 1]!);
  }
}
