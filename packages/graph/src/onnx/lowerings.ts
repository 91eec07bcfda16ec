import type { OnnxNode } from "./model.ts";

type Op = (type: string, inputs: readonly string[], attributes?: OnnxNode["attributes"]) => string;

/** Literals that a lowering needs: a float32 scalar, or one axis. */
export interface Literals {
  scalar(x: number): string;
  axis(axis: number): string;
}

/** How to write an operator with others, for devices that lack it. The last one written gives the result. */
const lowerings: Record<string, (op: Op, node: OnnxNode, literals: Literals) => void> = {
  /** x - max - ln Σ exp(x - max) */
  LogSoftmax(op, { inputs: [x], attributes }, literals) {
    const axis = literals.axis(Number(attributes.axis ?? -1));
    const shifted = op("Sub", [x!, op("ReduceMax", [x!, axis], { keepdims: 1 })]);
    const total = op("ReduceSum", [op("Exp", [shifted]), axis], { keepdims: 1 });
    op("Sub", [shifted, op("Log", [total])]);
  },
  Sign(op, { inputs: [x] }, { scalar }) {
    const below = op("Where", [op("Less", [x!, scalar(0)]), scalar(-1), scalar(0)]);
    op("Where", [op("Greater", [x!, scalar(0)]), scalar(1), below]);
  },
  /** ⌊x⌋, or one more where the rest is over ½, or just ½ above an odd number. */
  Round(op, { inputs: [x] }, { scalar }) {
    const floor = op("Floor", [x!]);
    const rest = op("Sub", [x!, floor]);
    const half = op("Mul", [floor, scalar(0.5)]);
    const isOdd = op("Greater", [half, op("Floor", [half])]);
    const tie = op("And", [op("Equal", [rest, scalar(0.5)]), isOdd]);
    const above = op("Add", [floor, scalar(1)]);
    op("Where", [op("Greater", [rest, scalar(0.5)]), above, op("Where", [tie, above, floor])]);
  },
};

export const isLowerable = (type: string): boolean => type in lowerings;

/** Nodes that compute the same, the last one under the name of the given node's output. */
export function lowerNode(node: OnnxNode, literals: Literals): OnnxNode[] {
  const nodes: OnnxNode[] = [];
  const [output] = node.outputs;
  const op: Op = (type, inputs, attributes = {}) => {
    const name = `${output}/${type}_${nodes.length}`;
    nodes.push({ type, domain: "", inputs, outputs: [name], attributes });
    return name;
  };
  lowerings[node.type]!(op, node, literals);
  nodes.push({ ...nodes.pop()!, outputs: node.outputs });
  return nodes;
}
