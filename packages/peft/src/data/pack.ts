import { ArgumentError } from "@loam/core";
import { type EncodedExample, ignoreIndex } from "./encode.ts";

/** Rows of token ids, all of one length T, ready for the model. Arrays are [B·T], row-major. */
export interface Batch {
  B: number;
  T: number;
  ids: Int32Array;
  labels: Int32Array;
  /** Position of each token within its own example; restarts where a packed example begins. */
  positions: Int32Array;
  /**
   * Which example of its row a token belongs to, counted from 1; 0 is a beginning that the examples share, −1 is padding. A
   * token sees those of its own segment and those of segment 0.
   */
  segments: Int32Array;
  /** Positions whose next token is supervised, that is those that enter the loss. */
  supervised: number;
  /** Of preferences: row b is preferred to row `pairs` + b, which answers the same. */
  pairs?: number;
  /** Of judged answers: how many rows are; row `judged` + b is the prompt of row b with the answer of another. */
  judged?: readonly boolean[];
  /** Of answers that the model wrote: how much better each row is than its group, and log-probabilities of its tokens then [B·T]. */
  written?: { advantages: readonly number[]; old?: Float32Array };
}

/**
 * Packs examples into rows of at most `T` tokens, first fit decreasing (Johnson 1973). Each row lists the indices of its
 * examples; examples longer than T are refused, they must have been cut before.
 *
 * @throws {ArgumentError} when an example is longer than T.
 */
export function packRows(lengths: readonly number[], T: number): number[][] {
  const tooLong = lengths.findIndex((length) => length > T);
  if (tooLong >= 0)
    throw new ArgumentError(`lengths[${tooLong}]`, lengths[tooLong], `at most T = ${T}`, "truncate the example first");
  const order = lengths.map((_, i) => i).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const rows: number[][] = [];
  const free = new FirstFit(lengths.length, T);
  for (const i of order) {
    const row = free.take(lengths[i]!);
    (rows[row] ??= []).push(i);
  }
  return rows;
}

/** Finds the first of many equal bins with room left, in logarithmic time: a tree of the largest room below each node. */
class FirstFit {
  readonly #leaves: number;
  readonly #room: Float64Array;

  constructor(bins: number, size: number) {
    this.#leaves = 2 ** Math.ceil(Math.log2(Math.max(1, bins)));
    this.#room = new Float64Array(2 * this.#leaves).fill(size);
  }

  /** Puts something into the first bin that it fits in. @returns the bin's number. */
  take(length: number): number {
    const room = this.#room;
    let node = 1;
    while (node < this.#leaves) node = room[2 * node]! >= length ? 2 * node : 2 * node + 1;
    room[node]! -= length;
    for (let at = node >> 1; at >= 1; at >>= 1) room[at] = Math.max(room[2 * at]!, room[2 * at + 1]!);
    return node - this.#leaves;
  }
}

/** Lays out rows of two examples, the first of which is preferred: the preferred ones, then the others. */
export function collatePairs(rows: readonly (readonly EncodedExample[])[], { padId }: { padId: number }): Batch {
  const halves = [0, 1].flatMap((half) => rows.map((row) => [row[half]!]));
  return { ...collate(halves, { padId }), pairs: rows.length };
}

/**
 * Lays out rows of one judged answer each, and below them the same prompts with the answers moved on by one, as TRL does to find how far
 * answers in general have become likelier. Those are cut at the longest row.
 */
export function collateJudged(rows: readonly (readonly EncodedExample[])[], { padId }: { padId: number }): Batch {
  const own = rows.map(([example]) => example!);
  const longest = Math.max(...own.map(({ ids }) => ids.length));
  const mismatched = own.map((example, i): EncodedExample => {
    const other = own.at(i - 1)!;
    const [begin, from] = [answerStart(example), answerStart(other)];
    const joined = (a: Int32Array, b: Int32Array) =>
      Int32Array.from([...a.subarray(0, begin), ...b.subarray(from)].slice(0, longest));
    return { ids: joined(example.ids, other.ids), labels: joined(example.labels, other.labels), truncated: 0 };
  });
  const batch = collate(
    [...own, ...mismatched].map((example) => [example]),
    { padId },
  );
  const ownLabels = batch.labels.subarray(0, own.length * batch.T);
  return {
    ...batch,
    supervised: ownLabels.reduce((count, label) => count + (label === ignoreIndex ? 0 : 1), 0),
    judged: own.map(({ isDesirable = true }) => isDesirable),
  };
}

/** Where what is learned begins. */
const answerStart = ({ labels }: EncodedExample): number =>
  labels.findIndex((label, i) => i > 0 && label !== ignoreIndex);

/** Tokens of a row of examples: what they share counts once. */
export const rowTokens = (row: readonly EncodedExample[]): number =>
  row.reduce((sum, { ids }) => sum + ids.length, 0) - Math.max(0, row.length - 1) * (row[0]?.shared ?? 0);

/**
 * Lays out rows of examples as one batch, padded at the right to the longest row (or to `T`). A beginning that the examples
 * of a row share comes first, once. The first token of every example's own part has the label {@link ignoreIndex}: after the
 * shift it would be predicted from the example before it.
 *
 * @throws {ArgumentError} when T is shorter than the longest row.
 */
export function collate(
  rows: readonly (readonly EncodedExample[])[],
  { padId, T }: { padId: number; T?: number },
): Batch {
  const lengths = rows.map(rowTokens);
  const width = T ?? Math.max(1, ...lengths);
  const longest = Math.max(0, ...lengths);
  if (longest > width) throw new ArgumentError("T", width, `at least ${longest}, the longest row`);
  const B = rows.length;
  const batch: Batch = {
    B,
    T: width,
    ids: new Int32Array(B * width).fill(padId),
    labels: new Int32Array(B * width).fill(ignoreIndex),
    positions: new Int32Array(B * width),
    segments: new Int32Array(B * width).fill(-1),
    supervised: 0,
  };
  for (const [b, row] of rows.entries()) {
    const shared = row[0]?.shared ?? 0;
    const start = b * width;
    batch.ids.set(row[0]?.ids.subarray(0, shared) ?? [], start);
    for (let i = 0; i < shared; i++) {
      batch.positions[start + i] = i;
      batch.segments[start + i] = 0;
    }
    let at = start + shared;
    for (const [example, { ids, labels }] of row.entries()) {
      batch.ids.set(ids.subarray(shared), at);
      batch.labels.set(labels.subarray(shared + 1), at + 1);
      for (let i = shared; i < ids.length; i++, at++) {
        batch.positions[at] = i;
        batch.segments[at] = example + 1;
        if (i > shared && labels[i] !== ignoreIndex) batch.supervised++;
      }
    }
  }
  return batch;
}
