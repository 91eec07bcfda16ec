import { primitive, type Tensor } from "../tensor/tensor.ts";

/**
 * x itself, but not before every trigger has been computed. ONNX Runtime merges equal nodes, folds constants and chooses the
 * order of nodes; this is a true data dependency, x + Σ clip(trigger₀, 0, 0), so it does none of that across it.
 */
export const after = primitive<[x: Tensor, ...triggers: Tensor[]]>("after", {
  shape: ([x]) => x!.shape,
  emit: (g, [x, ...triggers], _, { inputs: [given, ...others] }) => {
    const zeros = triggers.map((trigger, i) => {
      const { dtype } = others[i]!;
      const flat = g.op("Reshape", [trigger, g.ints([-1])]);
      const first = g.op("Squeeze", [g.op("Slice", [flat, g.ints([0]), g.ints([1])]), g.ints([0])]);
      const zero = g.op("Clip", [first, g.scalar(0, dtype), g.scalar(0, dtype)]);
      return dtype === given!.dtype ? zero : g.cast(zero, given!.dtype);
    });
    return g.op("Add", [x!, zeros.reduce((a, b) => g.op("Add", [a, b]))]);
  },
  vjp: ([, ...triggers], dy) => [dy, ...triggers.map(() => undefined)],
});

/**
 * x itself; the backward pass does not go on from here before the gradients of all parameters behind this point are done.
 * Left to itself, ONNX Runtime may go back to the first layer before it multiplies out any of them, and keeps what they are
 * made of, which for adapters on every layer is most of a step's memory.
 */
export const stage = primitive<[x: Tensor]>("stage", {
  shape: ([x]) => x!.shape,
  emit: (_, [x]) => x!,
  vjp: (_inputs, dy, _attrs, _y, { arrived }) => {
    const gradients = arrived.splice(0);
    return [gradients.length > 0 ? after(dy, ...gradients) : dy];
  },
});
