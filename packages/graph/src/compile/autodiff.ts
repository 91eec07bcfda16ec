import { ArgumentError, ShapeError } from "@loam/core";
import { add, isFloat, zerosLike } from "../primitives/elementwise.ts";
import { showShape } from "../tensor/dim.ts";
import { type Node, nodesOf, scalar, Tensor } from "../tensor/tensor.ts";
import { leavesOf, mapTree, type Tree } from "../tensor/tree.ts";

const isTensor = (x: unknown): x is Tensor => x instanceof Tensor;

/**
 * Reverse-mode differentiation: cotangents of `wrt`, given those of `outputs`. The results are tensors like any
 * others, so they can be differentiated again. Each has the shape of its tensor.
 *
 * @param wrt taken as independent of each other: no gradient flows through one of them to another.
 * @returns one cotangent per entry of `wrt`; undefined where the outputs do not depend on it.
 */
export function vjp(
  outputs: readonly Tensor[],
  cotangents: readonly Tensor[],
  wrt: readonly Tensor[],
): (Tensor | undefined)[] {
  const stops = new Set(wrt);
  const active = dependents(outputs, stops);
  const flow = new Map<Tensor, Tensor>();
  const arrived: Tensor[] = [];
  const deposit = (tensor: Tensor, cotangent: Tensor) => {
    const sofar = flow.get(tensor);
    const total = sofar ? add(sofar, cotangent) : cotangent;
    flow.set(tensor, total);
    if (stops.has(tensor)) arrived.push(total);
  };
  for (const [i, output] of outputs.entries()) deposit(output, cotangents[i]!);

  for (const node of active.toReversed()) {
    const { primitive, inputs, attrs } = node;
    if (primitive.vjp === "none" || !node.outputs.some((y) => flow.has(y))) continue;
    const arriving = node.outputs.map((y) => flow.get(y) ?? zerosLike(y));
    const leaving = primitive.vjp([...inputs], arriving[0]!, attrs, node.outputs[0]!, {
      cotangents: arriving,
      outputs: node.outputs,
      arrived,
    });
    for (const [i, cotangent] of leaving.entries()) {
      if (cotangent && isFloat(inputs[i]!.dtype)) deposit(inputs[i]!, cotangent);
    }
  }
  return wrt.map((tensor) => flow.get(tensor));
}

/** The nodes between `wrt` and `outputs` through which a gradient can flow, in topological order. */
function dependents(outputs: readonly Tensor[], wrt: ReadonlySet<Tensor>): Node[] {
  const reached = new Set<Tensor>(wrt);
  return nodesOf(outputs, (tensor) => wrt.has(tensor)).filter(({ primitive, inputs, outputs }) => {
    if (primitive.vjp === "none" || !inputs.some((x) => reached.has(x))) return false;
    for (const y of outputs) reached.add(y);
    return true;
  });
}

/**
 * Gradients of a scalar with respect to every tensor of a tree; zeros where the scalar does not depend on it.
 *
 * @throws {ShapeError} when `loss` is not a scalar.
 */
export function gradients<P extends Tree<Tensor>>(loss: Tensor, params: P): P {
  if (loss.rank !== 0) {
    throw new ShapeError("gradients", {
      got: showShape(loss.shape),
      expected: "a scalar",
      hint: "sum or average it first, with `reduceSum` or `reduceMean`",
    });
  }
  const wrt = leavesOf(params, isTensor);
  for (const [path, { dtype }] of wrt) {
    if (!isFloat(dtype))
      throw new ArgumentError(path || "params", dtype, "a floating-point tensor to differentiate by");
  }
  const found = vjp(
    [loss],
    [scalar(1, loss.dtype)],
    wrt.map(([, tensor]) => tensor),
  );
  const byTensor = new Map(wrt.map(([, tensor], i) => [tensor, found[i]]));
  return mapTree(params, isTensor, (tensor) => byTensor.get(tensor) ?? zerosLike(tensor)) as unknown as P;
}

/** The function that returns what `fn` returns together with its gradient by the first argument, a tree of tensors. */
export const valueAndGrad =
  <P extends Tree<Tensor>, A extends readonly unknown[]>(fn: (params: P, ...rest: A) => Tensor) =>
  (params: P, ...rest: A): { value: Tensor; grads: P } => {
    const value = fn(params, ...rest);
    return { value, grads: gradients(value, params) };
  };

/** The gradient of a scalar function by its first argument, a tree of tensors. */
export const grad =
  <P extends Tree<Tensor>, A extends readonly unknown[]>(fn: (params: P, ...rest: A) => Tensor) =>
  (params: P, ...rest: A): P =>
    valueAndGrad(fn)(params, ...rest).grads;
