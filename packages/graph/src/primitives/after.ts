import { primitive, type Tensor } from "../tensor.ts";

/**
 * x itself, but not before `trigger` has been computed. ONNX Runtime merges equal nodes and folds constants; this is
 * a true data dependency, x + clip(trigger₀, 0, 0), so it does neither across it.
 */
export const after = primitive<[x: Tensor, trigger: Tensor]>("after", {
  shape: ([x]) => x!.shape,
  emit: (g, [x, trigger], _, { inputs }) => {
    const flat = g.op("Reshape", [trigger!, g.ints([-1])]);
    const first = g.op("Slice", [flat, g.ints([0]), g.ints([1])]);
    const dtype = inputs[1]!.dtype;
    const zero = g.op("Clip", [g.op("Squeeze", [first, g.ints([0])]), g.scalar(0, dtype), g.scalar(0, dtype)]);
    return g.op("Add", [x!, dtype === inputs[0]!.dtype ? zero : g.cast(zero, inputs[0]!.dtype)]);
  },
  vjp: (_, dy) => [dy, undefined],
});
