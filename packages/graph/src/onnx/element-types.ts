import type { DType } from "../tensor/value.ts";
import { type OnnxGraph, type OnnxNode, onnxTypes } from "./model.ts";

const truths = new Set(["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "And", "Or", "Not", "IsNaN"]);
const counts = new Set(["Shape", "ArgMax", "NonZero"]);
const dtypeNames = new Map(Object.entries(onnxTypes).map(([name, number]) => [number, name as DType]));

/** The dtype of every value of a graph that we wrote, by its name. */
export function elementTypes(graph: OnnxGraph): Map<string, DType> {
  const types = new Map<string, DType>();
  for (const { name, dtype } of graph.initializers) types.set(name, dtype as DType);
  for (const { name, type } of graph.inputs) types.set(name, type.dtype);
  for (const node of graph.nodes) {
    for (const [index, name] of node.outputs.entries()) {
      types.set(name, graph.types?.get(name)?.dtype ?? resultType(node, index, types));
    }
  }
  return types;
}

/** Operators keep the dtype of their first input, but for these. */
function resultType({ type, inputs, attributes }: OnnxNode, index: number, types: Map<string, DType>): DType {
  if (type === "Cast") return dtypeNames.get(attributes.to as number)!;
  if (truths.has(type)) return "bool";
  if (counts.has(type) || (type === "TopK" && index === 1)) return "int64";
  const from = type === "Where" ? 1 : type === "OneHot" ? 2 : 0;
  return types.get(inputs[from]!) ?? "float32";
}
