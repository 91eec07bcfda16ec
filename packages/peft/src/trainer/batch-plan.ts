import { Rng } from "@loam/core";
import type { Batch } from "../data/pack.ts";
import type { RowSet } from "../data/row-set.ts";
import { shuffledIndices } from "../data/shuffled-indices.ts";
import type { Recipe } from "./recipe/recipe.ts";

/** The micro-batches of any step, by its number alone: a resumed run reads what it would have read. */
export class BatchPlan {
  readonly #rows: RowSet;
  readonly #recipe: Pick<Recipe, "seed" | "batch_size" | "gradient_accumulation">;
  readonly #padId: number;
  #order: { epoch: number; rows: Uint32Array } | undefined;

  constructor(rows: RowSet, recipe: Pick<Recipe, "seed" | "batch_size" | "gradient_accumulation">, padId: number) {
    this.#rows = rows;
    this.#recipe = recipe;
    this.#padId = padId;
  }

  /** Steps in one pass over the rows. */
  get stepsPerEpoch(): number {
    const { batch_size, gradient_accumulation } = this.#recipe;
    return Math.max(1, Math.ceil(this.#rows.length / (batch_size * gradient_accumulation)));
  }

  /** @param step from 0. The rows of every epoch come in another order, one epoch after the other. */
  async batches(step: number): Promise<Batch[]> {
    const { batch_size } = this.#recipe;
    const rows = await Promise.all(this.rowsOf(step).map((row) => this.#rows.read(row)));
    return Array.from({ length: this.#recipe.gradient_accumulation }, (_, micro) =>
      this.#rows.collate(rows.slice(micro * batch_size, (micro + 1) * batch_size), { padId: this.#padId }),
    );
  }

  /** What a step is like on the mean of (at most 64 of) the steps; tokens count with their padding. */
  meanShape(steps: number): { tokensPerStep: number; rowsPerStep: number; supervisedPerStep: number } {
    const { batch_size, gradient_accumulation } = this.#recipe;
    const looked = Math.max(1, Math.min(64, steps));
    let [tokens, supervised] = [0, 0];
    for (let step = 0; step < looked; step++) {
      const rows = this.rowsOf(Math.floor((step * steps) / looked));
      for (let at = 0; at < rows.length; at += batch_size) {
        const lengths = rows.slice(at, at + batch_size).map((row) => this.#rows.tokensOf(row));
        tokens += batch_size * Math.max(...lengths);
      }
      for (const row of rows) supervised += this.#rows.supervisedOf(row);
    }
    return {
      tokensPerStep: tokens / looked,
      rowsPerStep: batch_size * gradient_accumulation,
      supervisedPerStep: supervised / looked,
    };
  }

  /** Numbers of the rows of a step. */
  rowsOf(step: number): number[] {
    const size = this.#recipe.batch_size * this.#recipe.gradient_accumulation;
    return Array.from({ length: size }, (_, i) => this.#rowAt(step * size + i));
  }

  #rowAt(position: number): number {
    const epoch = Math.floor(position / this.#rows.length);
    if (this.#order?.epoch !== epoch) {
      const rng = new Rng(this.#recipe.seed + 1_000_003 * (epoch + 1));
      this.#order = { epoch, rows: shuffledIndices(this.#rows.length, rng) };
    }
    return this.#order.rows[position % this.#rows.length]!;
  }
}
