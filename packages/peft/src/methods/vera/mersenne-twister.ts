/**
 * The generator of `torch.Generator("cpu")`: MT19937 (Matsumoto and Nishimura 1998) seeded with the low 32 bits, as
 * `manual_seed` does it (`aten/src/ATen/core/MT19937RNGEngine.h`).
 */
export class MersenneTwister {
  readonly #state = new Uint32Array(624);
  #next = 624;

  constructor(seed: number) {
    this.#state[0] = seed >>> 0;
    for (let i = 1; i < 624; i++) {
      const before = this.#state[i - 1]! ^ (this.#state[i - 1]! >>> 30);
      this.#state[i] = Math.imul(before, 1_812_433_253) + i;
    }
  }

  uint32(): number {
    if (this.#next === 624) this.#refill();
    let y = this.#state[this.#next++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** Float32 in [−bound, bound), of 24 random bits, as `Tensor.uniform_` draws it on the CPU. */
  symmetric(bound: number): number {
    const [from, to] = [Math.fround(-bound), Math.fround(bound)];
    return Math.fround(((this.uint32() & 0xffffff) / 2 ** 24) * Math.fround(to - from) + from);
  }

  #refill(): void {
    const s = this.#state;
    for (let i = 0; i < 624; i++) {
      const y = (s[i]! & 0x80000000) | (s[(i + 1) % 624]! & 0x7fffffff);
      s[i] = s[(i + 397) % 624]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }
}
