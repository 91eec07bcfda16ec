import { InputError } from "@loam/core";
import { leavesOf, type Tree } from "../tensor/tree.ts";
import type { Value } from "../tensor/value.ts";

/**
 * Looks for NaN and infinity among the floating-point values of a tree: a loss, gradients, weights.
 *
 * @param context where this happened, for the message: `step 120`.
 * @throws {InputError} with the path of the first tensor that has one, and how many.
 */
export function checkFinite(values: Tree<Value>, context: string): void {
  for (const [path, { data, dims }] of leavesOf<Value>(values, isValue)) {
    if (!(data instanceof Float32Array || data instanceof Float64Array)) continue;
    const count = (data as Float32Array).reduce((total, x) => total + (Number.isFinite(x) ? 0 : 1), 0);
    if (count === 0) continue;
    throw new InputError(
      "not_finite",
      `${context}: ${count} of ${data.length} numbers in ${path || "the value"} are NaN or infinite.`,
      {
        details: { tensor: path, shape: dims, count },
        hint: "lower the learning rate, clip the gradients, or check the weights and the data",
      },
    );
  }
}

export const isValue = (x: unknown): x is Value => typeof x === "object" && x !== null && "dims" in x && "type" in x;
