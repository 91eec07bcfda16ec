import { vjp } from "./autodiff.ts";
import { after } from "./primitives/after.ts";
import { isFloat } from "./primitives/elementwise.ts";
import { apply, currentId, nodesOf, primitive, primitives, Tensor, type TensorType } from "./tensor.ts";
import { leavesOf, mapTree, type Tree } from "./tree.ts";

interface Region {
  outputs: readonly Tensor[];
}

primitive<Tensor[], Region>("checkpoint", {
  shape: (_, { outputs }): TensorType[] => outputs.map(({ dtype, shape }) => ({ dtype, shape })),
  lower: (_, { outputs }) => [...outputs],
  vjp: (inputs, _dy, { outputs }, _y, { cotangents }) => {
    const isComputed = ({ node, dtype }: Tensor) => node.inputs.length > 0 && isFloat(dtype);
    const again = inputs.map((x) => (isComputed(x) ? after(x, cotangents[0]!) : x));
    const copies = substitute(outputs, new Map(inputs.map((x, i) => [x, again[i]!])));
    return vjp(copies, cotangents, again);
  },
});

/**
 * Runs `fn` so that nothing inside it is kept for the backward pass: it is computed again there, from its arguments
 * (arXiv:1604.06174). Memory falls to the arguments and one region at a time, for one more forward pass.
 *
 * @param fn takes and returns tensors or trees of them; tensors it captures are differentiated too.
 */
export function checkpoint<A extends readonly Tree<Tensor>[], O extends Tree<Tensor>>(
  fn: (...args: A) => O,
): (...args: A) => O {
  return (...args) => {
    const start = currentId();
    const result = fn(...args);
    const outputs = leavesOf<Tensor>(result, isTensor).map(([, tensor]) => tensor);
    const isOutside = ({ node }: Tensor) => node.id < start || node.inputs.length === 0;
    const inputs = new Set<Tensor>();
    for (const node of nodesOf(outputs, isOutside)) for (const x of node.inputs) if (isOutside(x)) inputs.add(x);
    const { node } = apply(primitives.get("checkpoint")!, [...inputs], { outputs });
    let next = 0;
    return mapTree(result, isTensor, () => node.outputs[next++]!) as unknown as O;
  };
}

/** The same computation on other inputs. */
function substitute(outputs: readonly Tensor[], replaced: Map<Tensor, Tensor>): Tensor[] {
  for (const node of nodesOf(outputs, (x) => replaced.has(x))) {
    const inputs = node.inputs.map((x) => replaced.get(x) ?? x);
    if (inputs.every((x, i) => x === node.inputs[i])) continue;
    const copies = apply(node.primitive, inputs, node.attrs).node.outputs;
    for (const [i, y] of node.outputs.entries()) replaced.set(y, copies[i]!);
  }
  return outputs.map((y) => replaced.get(y) ?? y);
}

const isTensor = (x: unknown): x is Tensor => x instanceof Tensor;

/**
 * A function with a gradient of your own: forward is `fn`, backward is `backward`.
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
