import {
  add,
  cast,
  clip,
  type Dim,
  flatten,
  greaterOrEqual,
  mod,
  mul,
  range,
  reshape,
  type Tensor,
  unsqueeze,
} from "@loam/graph";
import type { Chance } from "../method.ts";

/** 2³¹ − 1, a prime, so that products of two residues fit into int64. */
const prime = 2_147_483_647;

/** x⁵ mod p, a permutation of the residues. */
function fifthPower(x: Tensor): Tensor {
  const square = mod(mul(x, x), prime);
  return mod(mul(mod(mul(square, square), prime), x), prime);
}

const scramble = (x: Tensor): Tensor => fifthPower(mod(add(fifthPower(mod(x, prime)), 362_436_069), prime));

/** Where a training step's chance comes from: a pure function of a key, so that a resumed step draws the same numbers. */
export class KeyedChance implements Chance {
  readonly #key: Tensor;
  #sites = 0;

  /** @param key int64 scalar in [0, 2³¹), another one for each micro-batch. */
  constructor(key: Tensor) {
    this.#key = key;
    this.dropout = this.dropout.bind(this);
    this.uniform = this.uniform.bind(this);
  }

  dropout(x: Tensor, probability: number): Tensor {
    if (probability === 0) return x;
    const kept = greaterOrEqual(this.like(x), probability);
    return mul(x, mul(cast(kept, x.dtype), 1 / (1 - probability)));
  }

  uniform(_site: string, shape: readonly Dim[]): Tensor {
    const columns = shape.at(-1) as number;
    const rows = shape.slice(0, -1).reduce<number>((product, size) => product * (size as number), 1);
    return reshape(this.#draw(rows, columns), shape);
  }

  /** Numbers in (0, 1) in the shape of x, whose last axis has a known size. */
  like(x: Tensor): Tensor {
    const rows = flatten(x, { to: -2 });
    return reshape(this.#draw(rows.shape[0]!, x.shape.at(-1) as number), x.shape);
  }

  /** [rows, columns] in (0, 1): (hash(row)·hash(column))² mod p, so that most of the work is done per row and per column. */
  #draw(rows: Dim, columns: number): Tensor {
    const site = ++this.#sites;
    const offset = (salt: number) => mod(add(mul(this.#key, salt), site * 40_503), prime);
    const ofRows = scramble(add(range({ length: rows }), offset(48_271)));
    const ofColumns = scramble(add(range({ length: columns }), offset(69_621)));
    const product = mod(mul(unsqueeze(ofRows, 1), unsqueeze(ofColumns, 0)), prime);
    const uniform = mul(cast(mod(mul(product, product), prime), "float32"), 1 / prime);
    return clip(uniform, { min: 1e-6, max: 1 - 1e-6 });
  }
}
