import { ShapeError } from "@loam/core";
import { microsoft } from "../onnx/emitter.ts";
import { matmul } from "../primitives/matmul.ts";
import { showShape } from "../tensor/dim.ts";
import { primitive, type Tensor } from "../tensor/tensor.ts";
import { dequantizeLowBit, scalesOf } from "./unpack.ts";
import type { LowBitTensors, NestedScales } from "./weights.ts";

/** What is known of the weights beside their tensors. */
type LowBitAttributes = Pick<LowBitTensors, "format" | "shape" | "blockSize"> & {
  nested?: Pick<NestedScales, "blockSize" | "offset">;
};

/** The weights among a node's inputs: x, codes, and either scales, or codes and largest values of nested scales. */
function weightsOf([, codes, scales, absmax]: readonly Tensor[], { nested, ...rest }: LowBitAttributes): LowBitTensors {
  return { ...rest, codes: codes!, scales: nested ? { codes: scales!, absmax: absmax!, ...nested } : scales! };
}

const linearPrimitive = primitive<Tensor[], LowBitAttributes>("linear_low_bit", {
  shape: ([x], { shape: [rows, columns] }) => {
    if (x!.shape.at(-1) !== columns) {
      throw new ShapeError("linearLowBit", {
        got: `x ${showShape(x!.shape)} with a matrix [${rows}, ${columns}]`,
        expected: `x [..., ${columns}]`,
      });
    }
    return [...x!.shape.slice(0, -1), rows];
  },
  emit: (g, _, attrs, { inputs }) => {
    const [x] = inputs as [Tensor];
    const { format, shape, blockSize: block_size, codes, scales } = weightsOf(inputs, attrs);
    if (format === "int8") {
      const matrix = dequantizeLowBit(weightsOf(inputs, attrs), { after: x });
      return g.emit([matmul(x, matrix, { transposeB: true })])[0]!;
    }
    const [N, K] = shape;
    const operands = g.emit([x, codes, scalesOf(scales, x)]);
    return format === "grouped"
      ? g.op("MatMulNBits", operands, { K, N, bits: 4, block_size, accuracy_level: 4 }, microsoft)
      : g.op("MatMulBnb4", operands, { K, N, block_size, quant_type: format === "nf4" ? 1 : 0 }, microsoft);
  },
  costly: () => "product",
  // dx = dy·W, with W unpacked once dy is there: one float32 matrix at a time.
  vjp: (inputs, dy, attrs) => [
    matmul(dy, dequantizeLowBit(weightsOf(inputs, attrs), { after: dy })),
    ...inputs.slice(1).map(() => undefined),
  ],
});

/**
 * x·Wᵀ with low-bit weights, unpacked on the fly, one matrix at a time. No gradient flows into the weights. Grouped weights
 * multiply 8-bit activations.
 *
 * @param x [..., I]
 * @returns [..., O]
 */
export function linearLowBit(x: Tensor, { codes, scales, format, shape, blockSize }: LowBitTensors): Tensor {
  const attrs = { format, shape, blockSize };
  if (!("offset" in scales)) return linearPrimitive(x, codes, scales, attrs);
  const { offset, blockSize: nestedBlockSize } = scales;
  return linearPrimitive(x, codes, scales.codes, scales.absmax, {
    ...attrs,
    nested: { offset, blockSize: nestedBlockSize },
  });
}
