import { InputError } from "@loam/core";
import { fourBitWeight, type LowBitTensors, rowwiseWeight } from "@loam/graph";
import type { PackedMatrix } from "./checkpoint.ts";

/** Packed matrices of a checkpoint as tensors of graphs. */
export function packedTensors(matrices: ReadonlyMap<string, PackedMatrix>): Map<string, LowBitTensors> {
  return new Map(
    [...matrices].map(([name, matrix]) => {
      if (matrix.shape.length !== 2) {
        throw new InputError(
          "wrong_shape",
          `Tensor "${name}" has a ${matrix.type} shape of ${matrix.shape.length} axes; expected a matrix.`,
        );
      }
      return [name, matrix.type === "int8" ? rowwiseWeight(name, matrix) : fourBitWeight(name, matrix)];
    }),
  );
}
