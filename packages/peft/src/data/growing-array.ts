type NumberArray = Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** A typed array that numbers are added to; it doubles when it is full. */
export class GrowingArray<T extends NumberArray> {
  readonly #type: new (
    length: number,
  ) => T;
  #data: T;
  #length = 0;

  constructor(type: new (length: number) => T) {
    this.#type = type;
    this.#data = new type(1024);
  }

  get length(): number {
    return this.#length;
  }

  push(x: number): void {
    if (this.#length === this.#data.length) {
      const larger = new this.#type(2 * this.#length);
      larger.set(this.#data);
      this.#data = larger;
    }
    this.#data[this.#length++] = x;
  }

  /** The numbers so far, without a copy. */
  toArray(): T {
    return this.#data.subarray(0, this.#length) as T;
  }
}
