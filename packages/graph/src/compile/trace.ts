import { ArgumentError } from "@loam/core";
import { Emitter } from "../onnx/emitter.ts";
import type { OnnxGraph, OnnxInitializer } from "../onnx/model.ts";
import { input, Tensor, type TensorType, type WeightAttributes } from "../tensor/tensor.ts";
import { leavesOf, type MapTree, mapTree, type Tree } from "../tensor/tree.ts";

/** What a program takes: a dtype and a shape for each leaf. Dimensions with names may have any size at run time. */
export type InputSpec = Tree<TensorType>;
export type TensorsFor<S> = MapTree<S, TensorType, Tensor>;

export const isTensor = (x: unknown): x is Tensor => x instanceof Tensor;
export const isTensorType = (x: unknown): x is TensorType =>
  typeof x === "object" && x !== null && "dtype" in x && "shape" in x;

/** A function that has been called once with symbolic tensors. */
export interface Trace<O extends Tree<Tensor> = Tree<Tensor>> {
  /** ONNX input and output names are paths in the trees: `params.layers.0.q`. */
  inputs: Readonly<Record<string, TensorType>>;
  outputs: O;
  /** Writes the graph; `place` says where the bytes of each frozen weight will be found. */
  toOnnx: (place: (weight: WeightAttributes) => OnnxInitializer["source"]) => OnnxGraph;
}

/**
 * Calls `fn` with one symbolic tensor per input.
 *
 * @throws {ArgumentError} when the function returns no tensor.
 */
export function trace<S extends InputSpec, O extends Tree<Tensor>>(
  fn: (inputs: TensorsFor<S>) => O,
  { inputs, name = fn.name || "program" }: { inputs: S; name?: string },
): Trace<O> {
  const specs = Object.fromEntries(leavesOf<TensorType>(inputs, isTensorType));
  const tensors = mapTree(inputs, isTensorType, ({ dtype, shape }, path) =>
    input({ name: path || "input", dtype, shape }),
  );
  const outputs = fn(tensors as TensorsFor<S>);
  const named = leavesOf<Tensor>(outputs, isTensor);
  if (named.length === 0)
    throw new ArgumentError("outputs", outputs, "at least one tensor", "return what should be computed");
  return {
    inputs: specs,
    outputs,
    toOnnx(place) {
      const results = Object.fromEntries(named.map(([path, tensor]) => [outputName(path, specs), tensor]));
      const emitter = new Emitter(Object.keys(results));
      emitter.emit(leavesOf<Tensor>(tensors as Tree<Tensor>, isTensor).map(([, tensor]) => tensor));
      return emitter.finish(name, results, place);
    },
  };
}

/** Outputs keep their path, unless an input has that name already. */
export const outputName = (path: string, inputs: Readonly<Record<string, unknown>>): string =>
  path === "" ? "output" : path in inputs || path === "input" ? `${path}.out` : path;
