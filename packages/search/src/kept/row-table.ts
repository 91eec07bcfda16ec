import type { Sections } from "./sections.ts";

/** Numbers of a slot: row + 1 (0 is empty), and the two hashes of its key. */
const slotWidth = 3;
/** Slots of a kept table that are read at a time. */
const readSlots = 16;

/**
 * Rows by key, for a million keys without keeping their texts: open addressing over two 32-bit hashes of the key. Two keys
 * that agree in both (one chance in 10⁷ among a million) would be taken for one.
 */
export class RowTable {
  #slots = new Uint32Array(1024 * slotWidth);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds a key unless it is there. @returns whether it was added */
  add(key: string, row: number): boolean {
    const before = this.#size;
    this.rowOf(key, row);
    return this.#size > before;
  }

  /** The row of a key; a new key gets the row that is given. */
  rowOf(key: string, row: number): number {
    const [home, mark] = hashes(key);
    return this.rowOfHashes(home, mark, row);
  }

  /** {@link rowOf} for a key of which only the hashes are known. */
  rowOfHashes(home: number, mark: number, row: number): number {
    if (this.#size * 2 >= this.#slots.length / slotWidth) this.#grow();
    const at = this.#find(home, mark);
    const slot = this.#slots[at]!;
    if (slot !== 0) return slot - 1;
    this.#put(at, row + 1, home, mark);
    this.#size++;
    return row;
  }

  get(key: string): number | undefined {
    const slot = this.#slots[this.#find(...hashes(key))]!;
    return slot === 0 ? undefined : slot - 1;
  }

  /** The table as {@link keptRow} and {@link eachKeptKey} read it. */
  get slots(): Uint32Array {
    return this.#slots;
  }

  #put(at: number, slot: number, home: number, mark: number): void {
    this.#slots[at] = slot;
    this.#slots[at + 1] = home;
    this.#slots[at + 2] = mark;
  }

  /** Where the slot begins that holds the key, or the empty one where it belongs. */
  #find(home: number, mark: number): number {
    const slots = this.#slots;
    const mask = slots.length / slotWidth - 1;
    let at = (home & mask) * slotWidth;
    while (slots[at] !== 0 && (slots[at + 2] !== mark || slots[at + 1] !== home))
      at = at + slotWidth === slots.length ? 0 : at + slotWidth;
    return at;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (let i = 0; i < old.length; i += slotWidth)
      if (old[i] !== 0) this.#put(this.#find(old[i + 1]!, old[i + 2]!), old[i]!, old[i + 1]!, old[i + 2]!);
  }
}

/** The row of a key in a table that is kept, of which a few slots are read. */
export function keptRow(sections: Sections, name: string, key: string): number | undefined {
  const [home, mark] = hashes(key);
  const count = sections.length(name) / slotWidth;
  let slot = home & (count - 1);
  for (;;) {
    const end = Math.min(slot + readSlots, count);
    const read = sections.slice<Uint32Array>(name, slot * slotWidth, end * slotWidth);
    for (let at = 0; at < read.length; at += slotWidth) {
      if (read[at] === 0) return undefined;
      if (read[at + 2] === mark && read[at + 1] === home) return read[at]! - 1;
    }
    slot = end === count ? 0 : end;
  }
}

/** The rows of a kept table with the hashes of their keys, in no order. */
export function* eachKeptKey(
  sections: Sections,
  name: string,
): Generator<readonly [row: number, home: number, mark: number]> {
  const slots = sections.slice<Uint32Array>(name, 0, sections.length(name));
  for (let at = 0; at < slots.length; at += slotWidth)
    if (slots[at] !== 0) yield [slots[at]! - 1, slots[at + 1]!, slots[at + 2]!];
}

/** FNV-1a from two starts, each finished as MurmurHash3 does, so that low bits depend on all. */
function hashes(key: string): [home: number, mark: number] {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x5bd1e995);
  }
  return [finish(a), finish(b)];
}

function finish(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
