/** A typed array that grows at its end: a million entries cost what they hold, not an object each. */
export class GrowingArray<T extends Uint32Array | Float32Array> {
  readonly #view: (buffer: ArrayBuffer) => T;
  #array: T;
  #length = 0;

  private constructor(view: (buffer: ArrayBuffer) => T) {
    this.#view = view;
    this.#array = view(new ArrayBuffer(4 * 1024));
  }

  static uint32(): GrowingArray<Uint32Array> {
    return new GrowingArray((buffer) => new Uint32Array(buffer));
  }

  static float32(): GrowingArray<Float32Array> {
    return new GrowingArray((buffer) => new Float32Array(buffer));
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#array.length) {
      const { buffer } = this.#array;
      // Grown in place where the allocator can.
      this.#array = this.#view((buffer as ArrayBuffer).transfer(buffer.byteLength * 2));
    }
    this.#array[this.#length++] = value;
  }

  append(values: ArrayLike<number>): void {
    const needed = this.#length + values.length;
    if (needed > this.#array.length) {
      const { buffer } = this.#array;
      this.#array = this.#view((buffer as ArrayBuffer).transfer(Math.max(needed * 4, buffer.byteLength * 2)));
    }
    this.#array.set(values, this.#length);
    this.#length = needed;
  }

  /** What was pushed; valid until the next push. */
  values(): T {
    return this.#array.subarray(0, this.#length) as T;
  }
}
