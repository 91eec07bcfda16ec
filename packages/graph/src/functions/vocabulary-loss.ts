import { ArgumentError, ShapeError } from "@loam/core";
import { after } from "../primitives/after.ts";
import { expand, reduceSum } from "../primitives/broadcast.ts";
import { add, equal, log, mul, neg, not, sub } from "../primitives/elementwise.ts";
import { gather, indicesWhere, scatterElements } from "../primitives/indexing.ts";
import { slice, unsqueeze, zeros } from "../primitives/layout.ts";
import { matmul } from "../primitives/matmul.ts";
import { softmax } from "../primitives/normalisation.ts";
import { dimScalar, reduceMax } from "../primitives/reduce.ts";
import { addDims, type Dim, floorDivDim, isName, mulDims, showShape } from "../tensor/dim.ts";
import { primitive, type Tensor } from "../tensor/tensor.ts";

export interface VocabularyLossOptions {
  ignoreIndex?: number;
  /** Pieces of the N positions whose logits exist at the same time; left out, as many as keep a piece under 64 MB. */
  chunks?: number;
  /** A name for the run-time counts of supervised positions; calls in one graph need different ones. */
  name?: string;
  /**
   * Makes each chunk's gradient by `hidden` along with its loss, one chunk after the other: then no probabilities wait for
   * the backward pass. Costs a product more where no gradient is asked for.
   */
  withGradient?: boolean;
}

/**
 * The summed cross-entropy of a language model's last layer, in nats, with the number of targets it sums over.
 * Logits exist only for positions whose target counts, and only for one chunk of them at a time.
 *
 * @param hidden [N, D], after the final norm
 * @param table [V, D], the output embedding
 * @param target int64 [N]; entries equal to `ignoreIndex` do not count
 * @throws {ShapeError} unless hidden is [N, D], table [V, D] and target [N].
 * @throws {ArgumentError} for a name that is none.
 */
export function vocabularyLoss(
  hidden: Tensor,
  table: Tensor,
  target: Tensor,
  { ignoreIndex = -100, chunks, name = "supervised", withGradient = false }: VocabularyLossOptions = {},
): { sum: Tensor; count: Tensor } {
  if (hidden.rank !== 2 || table.rank !== 2 || target.rank !== 1 || hidden.shape[0] !== target.shape[0]) {
    throw new ShapeError("vocabularyLoss", {
      got: `hidden ${showShape(hidden.shape)}, table ${showShape(table.shape)}, target ${showShape(target.shape)}`,
      expected: "hidden [N, D], table [V, D] and target [N]",
      hint: "flatten batch and sequence first",
    });
  }
  if (!isName(name)) throw new ArgumentError("name", name, "a plain name");
  const rows = hidden.shape[0]!;
  const count = chunks ?? chunksFor(rows, table.shape[0]!);
  const length = floorDivDim(addDims(rows, count - 1), count); // of a chunk, rounded up
  const sums: Tensor[] = [];
  const counts: Tensor[] = [];
  for (let chunk = 0; chunk < count; chunk++) {
    const start = mulDims(length, chunk);
    const end = chunk === count - 1 ? rows : mulDims(length, chunk + 1);
    const supervised = indicesWhere(
      not(equal(slice(target, { axes: [0], starts: [start], ends: [end] }), ignoreIndex)),
      {
        length: `${name}_${chunk}`,
      },
    );
    const positions = add(supervised, dimScalar(start, supervised));
    const states = gather(hidden, positions);
    const previous = sums.at(-1);
    const waiting = withGradient && previous ? after(states, previous) : states;
    sums.push(tokenLoss(waiting, table, gather(target, positions), { withGradient }));
    counts.push(dimScalar(supervised.shape[0]!, hidden));
  }
  return { sum: sums.reduce((a, b) => add(a, b)), count: counts.reduce((a, b) => add(a, b)) };
}

const chunkBytes = 64e6;

const chunksFor = (rows: Dim, vocabulary: Dim): number =>
  typeof rows === "number" && typeof vocabulary === "number" ? Math.ceil((4 * rows * vocabulary) / chunkBytes) : 4;

/** Σ over rows of ln Σ eˡ - l[id], l = h·Wᵀ: hidden [P, D], table [V, D], ids [P] → a scalar, and dl/dh [P, D] if wanted. */
const tokenLoss = primitive<[hidden: Tensor, table: Tensor, ids: Tensor], { withGradient: boolean }>("token_loss", {
  shape: ([hidden], { withGradient }) => {
    const { dtype, shape } = hidden!;
    return [{ dtype, shape: [] }, ...(withGradient ? [{ dtype, shape }] : [])];
  },
  lower: ([hidden, table, ids], { withGradient }) => {
    const logits = matmul(hidden!, table!, { transposeB: true }); // [P, V]
    const p = softmax(logits, { axis: -1 });
    const last = { axes: [-1] };
    const logSum = sub(reduceMax(logits, last), log(reduceMax(p, last))); // the largest p is 1 / Σ e^(l - max)
    const sum = reduceSum(sub(logSum, reduceSum(mul(hidden!, gather(table!, ids!)), last)));
    if (!withGradient) return [sum];
    const slope = hiddenSlope(p, table!, ids!);
    return [after(sum, reduceSum(slope)), slope];
  },
  // dl = (p - onehot(id))·dy, multiplied out so that no second [P, V] is made.
  vjp: ([hidden, table, ids], dy, { withGradient }, _, { outputs }) => {
    const p = softmax(matmul(hidden!, table!, { transposeB: true }), { axis: -1 });
    const scaled = mul(hidden!, dy);
    const index = expand(unsqueeze(ids!, 1), hidden!.shape);
    const picked = scatterElements(zeros(table!.shape), index, neg(scaled), { axis: 0, reduction: "add" });
    return [
      mul(withGradient ? outputs[1]! : hiddenSlope(p, table!, ids!), dy),
      add(matmul(p, scaled, { transposeA: true }), picked),
      undefined,
    ];
  },
});

/** The gradient of the loss by the hidden states: p·W - W[id]. */
const hiddenSlope = (p: Tensor, table: Tensor, ids: Tensor): Tensor => sub(matmul(p, table), gather(table, ids));
