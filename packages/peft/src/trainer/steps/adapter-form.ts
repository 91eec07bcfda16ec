import type { OptimiserState, Value } from "@loam/graph";
import { type QuantizedAdapter, quantizedAdapter, writeQuantizedAdapter } from "../../few-bits/quantized-adapter.ts";
import { mapTensors, typesOf } from "../../numbers/tensor-value.ts";
import type { Recipe } from "../recipe/recipe.ts";
import { optimiserOf, type PreparedRun } from "./prepare.ts";

type Params = Readonly<Record<string, Value>>;

/** The tensors of an adapter by what training does with them: some are frozen, and the others may be kept in few bits between steps. */
export class AdapterForm {
  readonly #run: PreparedRun;
  readonly #recipe: Recipe;
  /** How the adapter is kept between steps where that is not in float32. */
  readonly #stored: QuantizedAdapter | undefined;

  constructor(recipe: Recipe, run: PreparedRun) {
    this.#recipe = recipe;
    this.#run = run;
    const { quantize_adapter } = recipe;
    this.#stored =
      quantize_adapter === "none" ? undefined : quantizedAdapter(quantize_adapter, this.#trained(run.initial));
  }

  /** The adapter as it is kept between steps. */
  kept(params: Params): Params {
    return this.#stored ? { ...this.#frozen(params), ...this.#stored.quantize(params) } : params;
  }

  /** The adapter in float32. */
  floats(params: Params): Params {
    return this.#stored ? { ...this.#frozen(params), ...this.#stored.dequantize(params) } : params;
  }

  /** Shapes of the tensors that a step is compiled for. */
  shapes(params: Params): Record<string, { shape: readonly number[] }> {
    return this.#stored ? this.#run.initial : shapesOf(params);
  }

  /** The state of the optimiser before its first step. */
  freshOptimiser(params: Params): OptimiserState<Value> {
    return optimiserOf(this.#recipe).initialState(typesOf(shapesOf(this.#trained(params))));
  }

  /** Writes what is kept in few bits beside the adapter's file; nothing where it is kept in float32. */
  async write(output: string, params: Params): Promise<void> {
    if (this.#stored)
      await writeQuantizedAdapter(output, this.#stored, this.#trained(params), this.#trained(this.#run.initial));
  }

  #frozen<T>(tensors: Readonly<Record<string, T>>): Record<string, T> {
    const { isFrozen = () => false } = this.#run.method;
    return Object.fromEntries(Object.entries(tensors).filter(([key]) => isFrozen(key)));
  }

  #trained<T>(tensors: Readonly<Record<string, T>>): Record<string, T> {
    const { isFrozen = () => false } = this.#run.method;
    return Object.fromEntries(Object.entries(tensors).filter(([key]) => !isFrozen(key)));
  }
}

export const shapesOf = (params: Params): Record<string, { shape: readonly number[] }> =>
  mapTensors(params, ({ dims }) => ({ shape: dims }));
