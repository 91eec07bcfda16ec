import { ShapeError } from "@loam/core";
import { microsoft } from "../onnx/emitter.ts";
import { cast, cos, mul, neg, sin } from "../primitives/elementwise.ts";
import { range } from "../primitives/indexing.ts";
import { concat, slice, unsqueeze } from "../primitives/layout.ts";
import { reshape } from "../primitives/reshape.ts";
import { showShape, sizeOf } from "../tensor/dim.ts";
import { type Cotangents, constant, primitive, type Tensor } from "../tensor/tensor.ts";

/** Cosines and sines of every position and frequency, made once for all layers. */
export interface RopeTables {
  /** [T, D/2], or [B, T, D/2] when every row has its own positions. */
  cos: Tensor;
  sin: Tensor;
}

/**
 * Tables for rotary position embedding (arXiv:2104.09864 §3.2.2).
 *
 * @param positions int64 [T] or [B, T].
 * @param inverseFrequencies D/2 numbers, θ^(-2i/D) unless the model scales them.
 */
export function ropeTables(positions: Tensor, inverseFrequencies: readonly number[]): RopeTables {
  const frequencies = constant({ dtype: "float32", shape: [inverseFrequencies.length], data: inverseFrequencies });
  const angles = mul(unsqueeze(cast(positions, "float32"), positions.rank), frequencies); // [..., T, D/2]
  return { cos: cos(angles), sin: sin(angles) };
}

/** θ^(-2i/D) for i < D/2. */
export const ropeFrequencies = ({ headDim, theta = 10_000 }: { headDim: number; theta?: number }): number[] =>
  Array.from({ length: headDim / 2 }, (_, i) => Math.fround(theta ** ((-2 * i) / headDim)));

/**
 * Which entries turn together: "halves" pairs i with i + D/2 (Llama, Qwen, Gemma), "adjacent" 2i with 2i + 1
 * (RoFormer, GPT-J).
 */
export type RopePairing = "halves" | "adjacent";

const rotate = primitive<[x: Tensor, cos: Tensor, sin: Tensor], { pairing: RopePairing }>("rope", {
  shape: ([x, cos]) => {
    if (x!.rank !== 4 || cos!.shape.at(-2) !== x!.shape[2] || cos!.shape.at(-1) !== (x!.shape[3] as number) / 2) {
      throw new ShapeError("rope", {
        got: `${showShape(x!.shape)} with tables ${showShape(cos!.shape)}`,
        expected: "x [B, H, T, D] with tables [T, D/2] or [B, T, D/2]",
      });
    }
    return x!.shape;
  },
  emit: (g, [x, cos, sin], { pairing }, { inputs }) => {
    const [, tables] = inputs;
    // The operator looks rows of a table up by position; ours are row t (or b·T + t) of the flattened tables.
    const rows = sizeOf(tables!.shape.slice(0, -1));
    const positions = tables!.rank === 3 ? reshape(range({ length: rows }), tables!.shape.slice(0, -1)) : undefined;
    const ids = positions ? g.emit([positions])[0]! : g.ints([0]);
    const flat = (name: string) =>
      positions ? g.op("Reshape", [name, g.ints([-1, tables!.shape.at(-1) as number])]) : name;
    return g.op(
      "RotaryEmbedding",
      [x!, ids, flat(cos!), flat(sin!)],
      { interleaved: pairing === "adjacent" ? 1 : 0 },
      microsoft,
    );
  },
  // A rotation's transpose turns back.
  vjp: ([, cos, sin], dy, attrs): Cotangents => [rotate(dy, cos!, neg(sin!), attrs), undefined, undefined],
});

/**
 * Rotary position embedding: each pair of entries turns by position × frequency. No gradient flows into the tables.
 *
 * @param x [B, H, T, D]; with tables of fewer than D/2 columns, the last entries stay as they are.
 */
export function rope(x: Tensor, tables: RopeTables, { pairing = "halves" }: { pairing?: RopePairing } = {}): Tensor {
  const headDim = x.shape.at(-1) as number;
  const turned = 2 * (tables.cos.shape.at(-1) as number);
  if (turned >= headDim) return rotate(x, tables.cos, tables.sin, { pairing });
  const head = slice(x, { axes: [-1], starts: [0], ends: [turned] });
  const tail = slice(x, { axes: [-1], starts: [turned], ends: [null] });
  return concat([rotate(head, tables.cos, tables.sin, { pairing }), tail], { axis: -1 });
}
