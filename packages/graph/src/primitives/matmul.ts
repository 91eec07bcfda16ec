import { ShapeError } from "@loam/core";
import { showShape, sizeOf } from "../tensor/dim.ts";
import { type Cotangents, primitive, type Tensor } from "../tensor/tensor.ts";
import { broadcastShapes, sumTo } from "./broadcast.ts";
import { checkSameDtype } from "./check.ts";
import { add } from "./elementwise.ts";
import { squeeze, unsqueeze } from "./layout.ts";
import { reshape } from "./reshape.ts";

export interface MatmulOptions {
  /** Takes aᵀ (over its last two axes) instead of a. */
  transposeA?: boolean;
  transposeB?: boolean;
}

const product = primitive<[a: Tensor, b: Tensor], MatmulOptions>("matmul", {
  shape: ([a, b], { transposeA, transposeB }) => {
    checkSameDtype("matmul", a!, b!);
    const [m, k] = lastTwo(a!, transposeA);
    const [k2, n] = lastTwo(b!, transposeB);
    if (k !== k2) {
      throw new ShapeError("matmul", {
        got: `${showShape(a!.shape)}${transposeA ? "ᵀ" : ""} × ${showShape(b!.shape)}${transposeB ? "ᵀ" : ""}`,
        expected: "the inner axes to be equal",
        hint: "transpose one side with `transposeA` or `transposeB`, or check the model's sizes",
      });
    }
    return [...broadcastShapes("matmul", a!.shape.slice(0, -2), b!.shape.slice(0, -2)), m!, n!];
  },
  emit: (g, [a, b], { transposeA, transposeB }, { inputs: [left, right], outputs: [y] }) => {
    if (!transposeA && !transposeB) return g.op("MatMul", [a!, b!]);
    const gemm = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
    if (left!.rank === 2 && right!.rank === 2) return g.op("Gemm", [a!, b!], gemm);
    if (right!.rank === 2 && !transposeA) {
      // One flat product: a batch of rows against one matrix.
      const rows = g.op("Reshape", [a!, g.ints([-1, left!.shape.at(-1) as number])]);
      const flat = g.op("Gemm", [rows, b!], gemm);
      return g.op("Reshape", [flat, g.shape(y!.shape)]);
    }
    const transposed = (name: string, x: Tensor, wanted?: boolean) =>
      wanted
        ? g.op("Transpose", [name], { perm: x.shape.map((_, i) => (i < x.rank - 2 ? i : 2 * x.rank - 3 - i)) })
        : name;
    return g.op("MatMul", [transposed(a!, left!, transposeA), transposed(b!, right!, transposeB)]);
  },
  // Many multiplications for each entry, beside what it would take to keep it.
  costly: ({ inputs: [a], outputs: [y], attrs }) => {
    const [columns, inner] = [y!.shape.at(-1)!, lastTwo(a!, (attrs as MatmulOptions).transposeA)[1]!];
    return typeof columns !== "number" || typeof inner !== "number" || 8 * inner >= columns ? "product" : undefined;
  },
  // y = A·B:  dA = dy·Bᵀ,  dB = Aᵀ·dy, each transposed once more where its operand was.
  vjp: ([a, b], dy, { transposeA = false, transposeB = false }): Cotangents => {
    const da = transposeA
      ? product(b!, dy, { transposeA: transposeB, transposeB: true })
      : product(dy, b!, { transposeB: !transposeB });
    const shared = b!.rank === 2 && !transposeA;
    const [x, g] = shared ? [rowsOf(a!), rowsOf(dy)] : [a!, dy];
    const db = transposeB
      ? product(g, x, { transposeA: true, transposeB: transposeA })
      : product(x, g, { transposeA: !transposeA });
    return [sumTo(da, a!.shape), sumTo(db, b!.shape)];
  },
});

const lastTwo = (x: Tensor, transposed?: boolean) => {
  const [rows, columns] = [x.shape.at(-2)!, x.shape.at(-1)!];
  return transposed ? [columns, rows] : [rows, columns];
};

/** [..., D] → [N, D]. */
const rowsOf = (x: Tensor): Tensor => reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape.at(-1)!]);

/**
 * The matrix product over the last two axes; leading axes broadcast, and a vector counts as one row (left) or one
 * column (right), as in NumPy.
 *
 * @param a [..., M, K]
 * @param b [..., K, N]
 * @returns [..., M, N]
 * @throws {ShapeError} when the inner axes differ.
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  if (a.rank === 0 || b.rank === 0) {
    throw new ShapeError("matmul", {
      got: `${showShape(a.shape)} × ${showShape(b.shape)}`,
      expected: "at least one axis",
    });
  }
  if (a.rank === 1)
    return squeeze(matmul(unsqueeze(a, 0), b, { ...options, transposeA: false }), b.rank === 1 ? 0 : -2);
  if (b.rank === 1) return squeeze(matmul(a, unsqueeze(b, 1), { ...options, transposeB: false }), -1);
  return product(a, b, options);
}

/** x·Wᵀ + b, the layout of checkpoints: x [..., I], weight [O, I], bias [O] → [..., O]. */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const y = matmul(x, weight, { transposeB: true });
  return bias ? add(y, bias) : y;
}
