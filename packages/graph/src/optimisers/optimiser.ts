import { isTensor, isTensorType } from "../compile/trace.ts";
import { reduceSum } from "../primitives/broadcast.ts";
import { add, cast, div, minimum, mul, sqrt, square } from "../primitives/elementwise.ts";
import { type Operand, scalar, Tensor, type TensorType } from "../tensor/tensor.ts";
import { leavesOf, mapTree, type Tree } from "../tensor/tree.ts";
import { type Value, value, zeroValue } from "../tensor/value.ts";

/** What a rule keeps for one parameter between steps: `{ m, v }`, say. */
export type Slots<T> = Record<string, T>;

/** How one parameter moves. */
export interface Rule {
  /** The slots of a parameter; the optimiser starts with all of them zero. */
  slots: (param: { shape: readonly number[] }) => Slots<TensorType>;
  update: (
    param: Tensor,
    gradient: Tensor,
    slots: Slots<Tensor>,
    /** `step` counts from 1 and is float32, like `learningRate`. */
    context: { learningRate: Tensor; step: Tensor },
  ) => { param: Tensor; slots: Slots<Tensor> };
}

/** The state of an optimiser: how many steps it has made, and the slots of each parameter by its path. */
export type OptimiserState<T> = {
  step: T;
  slots: Record<string, Slots<T>>;
};

export interface Optimiser {
  /** Dtypes and shapes of the state for these parameters, as inputs of a compiled step. */
  stateSpec(params: Tree<TensorType>): OptimiserState<TensorType>;
  /** The state before the first step. */
  initialState(params: Tree<TensorType>): OptimiserState<Value>;
  /**
   * One step, as graph operations.
   *
   * @param learningRate float32 scalar, or a number that never changes.
   */
  update<P extends Tree<Tensor>>(step: {
    params: P;
    grads: P;
    state: OptimiserState<Tensor>;
    learningRate: Operand;
  }): { params: P; state: OptimiserState<Tensor> };
}

/** An optimiser that applies one rule to every parameter. */
export function optimiser(rule: Rule): Optimiser {
  const slotsOf = (params: Tree<TensorType>) =>
    leavesOf<TensorType>(params, isTensorType).map(
      ([path, { shape }]) => [path, rule.slots({ shape: shape as number[] })] as const,
    );
  return {
    stateSpec: (params) => ({
      step: { dtype: "int64", shape: [] },
      slots: Object.fromEntries(slotsOf(params)),
    }),
    initialState: (params) => ({
      step: value([0], [], "int64"),
      slots: Object.fromEntries(
        slotsOf(params).map(([path, slots]) => [
          path,
          mapSlots(slots, ({ dtype, shape }) => zeroValue(dtype, shape as number[])),
        ]),
      ),
    }),
    update({ params, grads, state, learningRate }) {
      const step = add(state.step, 1);
      const rate = learningRate instanceof Tensor ? learningRate : scalar(learningRate);
      const context = { learningRate: rate, step: cast(step, "float32") };
      const gradient = new Map(leavesOf<Tensor>(grads, isTensor));
      const slots: Record<string, Slots<Tensor>> = {};
      const moved = mapTree(params, isTensor, (param, path) => {
        const result = rule.update(param, gradient.get(path)!, state.slots[path] ?? {}, context);
        slots[path] = result.slots;
        return result.param;
      });
      return { params: moved as unknown as typeof params, state: { step, slots } };
    },
  };
}

const mapSlots = <T, U>(slots: Slots<T>, replace: (slot: T) => U): Slots<U> =>
  Object.fromEntries(Object.entries(slots).map(([name, slot]) => [name, replace(slot)]));

/** √Σ‖g‖² over every tensor of a tree. → scalar, float32. */
export function globalNorm(tree: Tree<Tensor>): Tensor {
  const squares = leavesOf<Tensor>(tree, isTensor).map(([, x]) => reduceSum(square(x)));
  return sqrt(squares.reduce((a, b) => add(a, b)));
}

/**
 * Gradients scaled down together where their norm exceeds a limit, by min(1, limit / (norm + 10⁻⁶)) as in PyTorch.
 * Shapes stay; the norm is a scalar.
 *
 * @returns also the norm before.
 */
export function clipGlobalNorm<P extends Tree<Tensor>>(grads: P, limit: Operand): { grads: P; norm: Tensor } {
  const norm = globalNorm(grads);
  const scale = minimum(div(limit, add(norm, 1e-6)), 1);
  return { grads: mapTree(grads, isTensor, (x) => mul(x, scale)) as unknown as P, norm };
}

/** a + b, tensor by tensor: adds the gradients of one more micro-batch. */
export function addTrees<P extends Tree<Tensor>>(a: P, b: P): P {
  const other = new Map(leavesOf<Tensor>(b, isTensor));
  return mapTree(a, isTensor, (x, path) => add(x, other.get(path)!)) as unknown as P;
}

/** Every tensor of a tree times a number or scalar. */
export const scaleTree = <P extends Tree<Tensor>>(tree: P, factor: Operand): P =>
  mapTree(tree, isTensor, (x) => mul(x, factor)) as unknown as P;
