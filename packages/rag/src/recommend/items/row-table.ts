/**
 * Rows by key, for a million keys without keeping their texts: open addressing over two 32-bit hashes of the key. Two keys
 * that agree in both (one chance in 10⁷ among a million) would be taken for one.
 */
export class RowTable {
  /** Row + 1; 0 is empty. */
  #slots = new Uint32Array(1024);
  #homes = new Uint32Array(1024);
  #marks = new Uint32Array(1024);
  #size = 0;

  /** Adds a key unless it is there. @returns whether it was added */
  add(key: string, row: number): boolean {
    if (this.#size * 2 >= this.#slots.length) this.#grow();
    const [home, mark] = hashes(key);
    const at = this.#find(home, mark);
    if (this.#slots[at] !== 0) return false;
    this.#put(at, row + 1, home, mark);
    this.#size++;
    return true;
  }

  get(key: string): number | undefined {
    const slot = this.#slots[this.#find(...hashes(key))]!;
    return slot === 0 ? undefined : slot - 1;
  }

  #put(at: number, slot: number, home: number, mark: number): void {
    this.#slots[at] = slot;
    this.#homes[at] = home;
    this.#marks[at] = mark;
  }

  /** The slot that holds the key, or the empty one where it belongs. */
  #find(home: number, mark: number): number {
    const mask = this.#slots.length - 1;
    let at = home & mask;
    while (this.#slots[at] !== 0 && (this.#marks[at] !== mark || this.#homes[at] !== home)) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const [slots, homes, marks] = [this.#slots, this.#homes, this.#marks];
    this.#slots = new Uint32Array(slots.length * 2);
    this.#homes = new Uint32Array(slots.length * 2);
    this.#marks = new Uint32Array(slots.length * 2);
    for (let i = 0; i < slots.length; i++) {
      if (slots[i] !== 0) this.#put(this.#find(homes[i]!, marks[i]!), slots[i]!, homes[i]!, marks[i]!);
    }
  }
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
