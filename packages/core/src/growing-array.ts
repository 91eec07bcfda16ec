type TypedArray = Int32Array | Uint32Array | Uint16Array | Uint8Array | Float32Array;

/** A typed array that grows at its end: a million entries cost what they hold, not an object each. It doubles when it is full. */
export class GrowingArray<T extends TypedArray> {
  readonly #type: new (
    buffer: ArrayBuffer,
  ) => T;
  #buffer = new ArrayBuffer(4 * 1024);
  #array: T;
  #length = 0;

  constructor(type: new (buffer: ArrayBuffer) => T) {
    this.#type = type;
    this.#array = new type(this.#buffer);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#array.length) this.#grow(this.#length + 1);
    this.#array[this.#length++] = value;
  }

  append(values: ArrayLike<number>): void {
    const needed = this.#length + values.length;
    if (needed > this.#array.length) this.#grow(needed);
    this.#array.set(values, this.#length);
    this.#length = needed;
  }

  /** What was pushed, without a copy; valid until the next push. */
  values(): T {
    return this.#array.subarray(0, this.#length) as T;
  }

  /** In place where the allocator can. */
  #grow(needed: number): void {
    const bytes = Math.max(needed * this.#array.BYTES_PER_ELEMENT, this.#buffer.byteLength * 2);
    this.#buffer = this.#buffer.transfer(bytes);
    this.#array = new this.#type(this.#buffer);
  }
}
