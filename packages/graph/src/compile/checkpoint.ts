import { after } from "../primitives/after.ts";
import { isFloat } from "../primitives/elementwise.ts";
import {
  apply,
  currentId,
  type Node,
  nodesOf,
  primitive,
  primitives,
  Tensor,
  type TensorType,
} from "../tensor/tensor.ts";
import { leavesOf, mapTree, type Tree } from "../tensor/tree.ts";
import { vjp } from "./autodiff.ts";

export interface CheckpointOptions {
  /**
   * What is kept for the backward pass all the same. "nothing" (left out) makes the whole region again; "attention" keeps
   * results of attention, which are small beside what they cost; "products" keeps those of matrix products too, and makes
   * again what costs little: norms, activations, rotations, products over a few columns (arXiv:2205.05198 §5, JAX's
   * `dots_saveable`).
   */
  keep?: "nothing" | "attention" | "products";
}

interface Region extends Required<CheckpointOptions> {
  outputs: readonly Tensor[];
}

primitive<Tensor[], Region>("checkpoint", {
  shape: (_, { outputs }): TensorType[] => outputs.map(({ dtype, shape }) => ({ dtype, shape })),
  lower: (_, { outputs }) => [...outputs],
  vjp: (inputs, _dy, { outputs, keep }, _y, { cotangents }) => {
    const isComputed = ({ node, dtype }: Tensor) => node.inputs.length > 0 && isFloat(dtype);
    const again = inputs.map((x) => (isComputed(x) ? after(x, cotangents[0]!) : x));
    const copies = substitute(outputs, new Map(inputs.map((x, i) => [x, again[i]!])), (node, copied) =>
      isKept(node, keep) ? [keptResult(node, copied, cotangents[0]!)] : undefined,
    );
    return vjp(copies, cotangents, again);
  },
});

function isKept(node: Node, keep: CheckpointOptions["keep"]): boolean {
  const kind = node.primitive.costly?.(node);
  return kind !== undefined && (keep === "products" || (keep === "attention" && kind === "attention"));
}

/** What a node gave in the forward pass, with its gradient by inputs that are computed again. */
function keptResult({ primitive, attrs, outputs: [y] }: Node, inputs: readonly Tensor[], trigger: Tensor): Tensor {
  const backward = (args: Tensor[], y: Tensor, dy: Tensor) =>
    primitive.vjp === "none" ? [] : primitive.vjp(args, dy, attrs, y, { cotangents: [dy], outputs: [y], arrived: [] });
  return apply(primitives.get("custom_vjp")!, inputs, { y: after(y!, trigger), backward });
}

/**
 * Runs `fn` so that nothing inside it, or only what `keep` says, is kept for the backward pass: it is computed again there,
 * from its arguments (arXiv:1604.06174). Memory falls to the arguments and one region at a time, for one more forward pass.
 *
 * @param fn takes and returns tensors or trees of them; tensors it captures are differentiated too.
 */
export function checkpoint<A extends readonly Tree<Tensor>[], O extends Tree<Tensor>>(
  fn: (...args: A) => O,
  { keep = "nothing" }: CheckpointOptions = {},
): (...args: A) => O {
  return (...args) => {
    const start = currentId();
    const result = fn(...args);
    const outputs = leavesOf<Tensor>(result, isTensor).map(([, tensor]) => tensor);
    const isOutside = ({ node }: Tensor) => node.id < start || node.inputs.length === 0;
    const inputs = new Set<Tensor>();
    for (const node of nodesOf(outputs, isOutside)) for (const x of node.inputs) if (isOutside(x)) inputs.add(x);
    const { node } = apply(primitives.get("checkpoint")!, [...inputs], { outputs, keep });
    let next = 0;
    return mapTree(result, isTensor, () => node.outputs[next++]!) as unknown as O;
  };
}

/** The same computation on other inputs, but for nodes that `instead` has other results for. */
function substitute(
  outputs: readonly Tensor[],
  replaced: Map<Tensor, Tensor>,
  instead: (node: Node, inputs: readonly Tensor[]) => readonly Tensor[] | undefined,
): Tensor[] {
  for (const node of nodesOf(outputs, (x) => replaced.has(x))) {
    const inputs = node.inputs.map((x) => replaced.get(x) ?? x);
    if (inputs.every((x, i) => x === node.inputs[i])) continue;
    const copies = instead(node, inputs) ?? apply(node.primitive, inputs, node.attrs).node.outputs;
    for (const [i, y] of node.outputs.entries()) replaced.set(y, copies[i]!);
  }
  return outputs.map((y) => replaced.get(y) ?? y);
}

const isTensor = (x: unknown): x is Tensor => x instanceof Tensor;

/**
 * A function with a gradient of your own: forward is `fn`, backward is `backward`. Each cotangent has the shape of its
 * argument.
 *
 * @param backward gets the arguments, the result and its cotangent; returns one cotangent per argument, undefined
 *   where none flows.
 */
export function customVjp<A extends readonly Tensor[]>(
  fn: (...args: A) => Tensor,
  backward: (args: A, y: Tensor, dy: Tensor) => (Tensor | undefined)[],
): (...args: A) => Tensor {
  return (...args) => apply(primitives.get("custom_vjp")!, args, { y: fn(...args), backward });
}

primitive<Tensor[], { y: Tensor; backward: (args: Tensor[], y: Tensor, dy: Tensor) => (Tensor | undefined)[] }>(
  "custom_vjp",
  {
    shape: (_, { y }) => ({ dtype: y.dtype, shape: y.shape }),
    lower: (_, { y }) => y,
    vjp: (inputs, dy, { backward }, y) => backward(inputs, y, dy),
  },
);
