import { clip, dropout, randomUniform, type Shape, type Tensor } from "@loam/graph";
import type { Chance } from "../../layers/method.ts";

/** Where a training step's chance comes from: a pure function of a key, so that a resumed step draws the same numbers. */
export class KeyedChance implements Chance {
  readonly #key: Tensor;
  #streams = 0;

  /** @param key int64 scalar, another one for each micro-batch. */
  constructor(key: Tensor) {
    this.#key = key;
  }

  readonly dropout = (x: Tensor, rate: number): Tensor =>
    dropout(x, { rate, seed: this.#key, stream: ++this.#streams });

  /** In (0, 1) with both ends left out, because gates take logarithms of u and 1 − u. */
  readonly uniform = (_site: string, shape: Shape): Tensor =>
    clip(randomUniform({ shape, seed: this.#key, stream: ++this.#streams }), { min: 1e-6, max: 1 - 1e-6 });
}
