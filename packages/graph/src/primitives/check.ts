import { ArgumentError } from "@loam/core";
import type { Tensor } from "../tensor/tensor.ts";
import type { DType } from "../tensor/value.ts";

/** @throws {ArgumentError} when two operands differ in dtype, or are not of the wanted one. */
export function checkSameDtype(operation: string, a: Tensor, b: Tensor, wanted?: DType): void {
  const expected = wanted ?? a.dtype;
  if (a.dtype === expected && b.dtype === expected) return;
  throw new ArgumentError(
    `operands of ${operation}`,
    `${a.dtype} and ${b.dtype}`,
    wanted ? `${wanted} on both sides` : "the same dtype on both sides",
    "convert one with `cast`",
  );
}

/**
 * An axis counted from the front, for a tensor of this rank; negative axes count from the back.
 *
 * @throws {ArgumentError} unless axis is an integer from −rank to rank − 1.
 */
export function toAxis(operation: string, axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= rank) {
    throw new ArgumentError(`axis of ${operation}`, axis, `an integer from ${-rank} to ${rank - 1}`);
  }
  return resolved;
}

/** @throws {ArgumentError} when x does not hold integers to index with. */
export function checkIndices(operation: string, x: Tensor): void {
  if (x.dtype !== "int64" && x.dtype !== "int32") {
    throw new ArgumentError(`indices of ${operation}`, x.dtype, "int64 or int32", "convert them with `cast`");
  }
}
