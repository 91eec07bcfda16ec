import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as g from "../packages/graph/src/index.ts";

/** A Llama-style decoder of the size of a small language model, for benchmarks; weights are random and frozen. */
export interface DecoderShape {
  layers: number;
  hidden: number;
  intermediate: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  vocabulary: number;
}

/** 30 layers, 576 wide, 49k tokens: 135 million weights. */
export const smallDecoder: DecoderShape = {
  layers: 30,
  hidden: 576,
  intermediate: 1536,
  heads: 9,
  kvHeads: 3,
  headDim: 64,
  vocabulary: 49152,
};

const linearShapes = ({ hidden, intermediate, heads, kvHeads, headDim }: DecoderShape) => ({
  q: [heads * headDim, hidden],
  k: [kvHeads * headDim, hidden],
  v: [kvHeads * headDim, hidden],
  o: [hidden, heads * headDim],
  gate: [intermediate, hidden],
  up: [intermediate, hidden],
  down: [hidden, intermediate],
});

type LinearName = keyof ReturnType<typeof linearShapes>;

/** One file with all weights, made once; the tensors map it. */
export function frozenWeights(shape: DecoderShape): (name: string, dims: readonly number[]) => g.Tensor {
  const size = shape.layers * Object.values(linearShapes(shape)).reduce((sum, [o, i]) => sum + o! * i!, 0);
  const total = size + shape.vocabulary * shape.hidden;
  const file = join(tmpdir(), "loam-bench", `decoder-${total}.bin`);
  if (!existsSync(file)) writeRandom(file, total);
  let offsetBytes = 0;
  return (name, dims) => {
    const lengthBytes = 4 * dims.reduce((a, b) => a * b, 1);
    const source = { file, offsetBytes, lengthBytes };
    offsetBytes += lengthBytes;
    return g.weight({ name, dtype: "float32", shape: dims, source });
  };
}

function writeRandom(file: string, count: number): void {
  mkdirSync(dirname(file), { recursive: true });
  const handle = openSync(`${file}.part`, "w");
  const chunk = new Float32Array(1 << 20);
  let state = 1;
  for (let done = 0; done < count; done += chunk.length) {
    for (let i = 0; i < chunk.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      chunk[i] = state / 2 ** 31 / 24;
    }
    writeSync(handle, new Uint8Array(chunk.buffer, 0, 4 * Math.min(chunk.length, count - done)));
  }
  closeSync(handle);
  renameSync(`${file}.part`, file);
}

export type Adapters<T> = Record<string, { a: T; b: T }>;

/** LoRA matrices of rank `rank` on the query and value projections of every layer. */
export function adapterSpec(shape: DecoderShape, rank: number): Adapters<g.TensorType> {
  const shapes = linearShapes(shape);
  const spec: Adapters<g.TensorType> = {};
  for (let layer = 0; layer < shape.layers; layer++) {
    for (const name of ["q", "v"] as const) {
      const [outputs, inputs] = shapes[name] as [number, number];
      spec[`${layer}_${name}`] = {
        a: { dtype: "float32", shape: [rank, inputs] },
        b: { dtype: "float32", shape: [outputs, rank] },
      };
    }
  }
  return spec;
}

/** The mean next-token loss: ids and targets [B, T]; the targets of masked positions are -100. */
export function decoderLoss(
  shape: DecoderShape,
  { checkpoint }: { checkpoint: boolean },
): (adapters: Adapters<g.Tensor>, ids: g.Tensor, targets: g.Tensor) => g.Tensor {
  const { layers, hidden, heads, kvHeads, headDim, vocabulary } = shape;
  const weights = frozenWeights(shape);
  const table = weights("embedding", [vocabulary, hidden]);
  const shapes = linearShapes(shape);
  const gain = g.ones([hidden]);
  return (adapters, ids, targets) => {
    const [B, T] = ids.shape as [number, number];
    const tables = g.ropeTables(g.range({ length: T }), g.ropeFrequencies({ headDim }));
    const split = (x: g.Tensor, count: number) => g.transpose(g.reshape(x, [B, T, count, headDim]), [0, 2, 1, 3]);
    const norm = (x: g.Tensor) => g.rmsNorm(x, gain, { eps: 1e-6 });

    const block = (layer: number) => {
      const frozen = Object.fromEntries(
        Object.entries(shapes).map(([name, dims]) => [name, weights(`layers.${layer}.${name}`, dims)]),
      ) as Record<LinearName, g.Tensor>;
      const linear = (x: g.Tensor, name: LinearName) => {
        const adapter = adapters[`${layer}_${name}`];
        const y = g.linear(x, frozen[name]);
        return adapter ? g.add(y, g.linear(g.linear(x, adapter.a), adapter.b)) : y;
      };
      return (x: g.Tensor) => {
        const h = norm(x); // [B, T, hidden]
        const q = g.rope(split(linear(h, "q"), heads), tables);
        const k = g.rope(split(linear(h, "k"), kvHeads), tables);
        const attended = g.attention(q, k, split(linear(h, "v"), kvHeads), { causal: true }); // [B, H, T, D]
        const merged = g.reshape(g.transpose(attended, [0, 2, 1, 3]), [B, T, heads * headDim]);
        const middle = g.add(x, linear(merged, "o"));
        const m = norm(middle);
        return g.add(middle, linear(g.mul(g.silu(linear(m, "gate")), linear(m, "up")), "down"));
      };
    };

    let x = g.embedding(table, ids);
    for (let layer = 0; layer < layers; layer++) x = checkpoint ? g.checkpoint(block(layer))(x) : block(layer)(x);
    const rows = g.reshape(norm(x), [-1, hidden]);
    const { sum, count } = g.vocabularyLoss(rows, table, g.flatten(targets));
    return g.div(sum, count);
  };
}

/**
 * Floating-point operations that a step of `tokens` tokens needs: forward and backward of every frozen matrix (the
 * gradient of its input only), of the attention products, and of the output embedding. Recomputation does not count.
 */
export function usefulFlops(
  { layers, hidden, heads, headDim, vocabulary, ...shape }: DecoderShape,
  tokens: number,
): number {
  const linear = Object.values(linearShapes({ layers, hidden, heads, headDim, vocabulary, ...shape }));
  const matrices = layers * linear.reduce((sum, [o, i]) => sum + o! * i!, 0) + vocabulary * hidden;
  const attention = layers * 2 * heads * headDim * tokens * tokens;
  return 2 * (2 * matrices * tokens) + 2 * attention + 4 * attention;
}
