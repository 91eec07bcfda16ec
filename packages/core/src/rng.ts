import { ArgumentError } from "./errors/errors.ts";

/**
 * A seeded random number generator: xoshiro128** (Blackman and Vigna 2018), seeded through splitmix32.
 * The same seed gives the same numbers on every machine. Not for secrets.
 */
export class Rng {
  readonly #state: Uint32Array;
  #spareNormal: number | undefined;

  constructor(seed: number) {
    if (!Number.isInteger(seed)) throw new ArgumentError("seed", seed, "an integer", "use for example 42");
    this.#state = new Uint32Array(4);
    let s = seed >>> 0;
    const high = Math.floor(seed / 2 ** 32) >>> 0;
    for (let i = 0; i < 4; i++) {
      s = (s + 0x9e3779b9 + (i === 0 ? high : 0)) >>> 0;
      let z = s;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      this.#state[i] = (z ^ (z >>> 15)) >>> 0;
    }
  }

  /** A uniform integer in [0, 2³²). */
  uint32(): number {
    const s = this.#state;
    const result = Math.imul(rotateLeft(Math.imul(s[1]!, 5), 7), 9) >>> 0;
    const t = s[1]! << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = rotateLeft(s[3]!, 11);
    return result;
  }

  /** Uniform in [0, 1), 53 bits. */
  uniform(): number {
    return ((this.uint32() >>> 5) * 2 ** 26 + (this.uint32() >>> 6)) / 2 ** 53;
  }

  /**
   * A uniform integer in [0, n), without modulo bias.
   *
   * @throws {ArgumentError} unless n is an integer from 1 to 2^32.
   */
  integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) throw new ArgumentError("n", n, "an integer from 1 to 2^32");
    // Below 2³² a quotient's floor is exact, and a division much faster than the remainder of doubles.
    const limit = n * Math.floor(2 ** 32 / n);
    for (;;) {
      const x = this.uint32();
      if (x < limit) return x - n * Math.floor(x / n);
    }
  }

  /** Standard normal, by the polar method of Marsaglia. */
  normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal;
      this.#spareNormal = undefined;
      return spare;
    }
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) {
        const scale = Math.sqrt((-2 * Math.log(s)) / s);
        this.#spareNormal = v * scale;
        return u * scale;
      }
    }
  }

  /** A new array with the same items in random order (Fisher and Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [result[i], result[j]] = [result[j]!, result[i]!];
    }
    return result;
  }

  /** The whole state as five numbers, so that a checkpoint can resume exactly. */
  save(): number[] {
    return [...this.#state, this.#spareNormal ?? Number.NaN];
  }

  /**
   * Restores what {@link Rng.save} returned.
   *
   * @throws {ArgumentError} for anything but what `save()` returned.
   */
  static restore(saved: readonly number[]): Rng {
    if (saved.length !== 5) throw new ArgumentError("saved", saved, "the five numbers that save() returned");
    const rng = new Rng(0);
    rng.#state.set(saved.slice(0, 4));
    rng.#spareNormal = Number.isNaN(saved[4]!) ? undefined : saved[4]!;
    return rng;
  }
}

function rotateLeft(x: number, k: number): number {
  return ((x << k) | (x >>> (32 - k))) >>> 0;
}
