import { runInTurns } from "@loam/core";
import { type Interactions, itemsOf, toInteractions } from "../items/interactions.ts";
import type { Readers } from "../items/readers.ts";
import { type EaseOptions, easeSteps, type ItemModel, scoreItems } from "./item-model.ts";

/** Readers of one item that are asked what else they liked: beyond this a further one changes little. */
const askedReaders = 1_000;
/** What the best of the items outside EASE^R gets, beside the best of those inside. */
const outsideShare = 0.1;
/** What an item that a reader rated without liking it says of their taste, beside one they liked: it was chosen, after all. */
const readShare = 0.5;
/** What the best liked item gets for being liked by many: what little is known of a reader is filled up by it. */
const popularityShare = 0.05;
/**
 * Dropout as strong as an item's own likes, and readers weighted by their likes to −¾: chosen on splits of goodbooks by
 * seeds 1 to 4 (docs/decisions/0632, 0690). The paper's single λ is 1 to 5 % of nDCG@20 below.
 */
const taste: EaseOptions = { regularisation: 10, dropout: 1, userDamping: 0.75, popularityDamping: 0.03 };

/** What an item nobody has liked yet gets for a reader, beside its content: above it they fill the lists of a catalogue with many such. */
export const unratedShare = 0.1;

/** Keeps the weights of the item model between starts. */
export interface ModelCache {
  get(): Promise<Uint8Array | undefined>;
  put(weights: Uint8Array): Promise<void>;
}

/** What readers with the same taste liked: EASE^R among the most liked items, cosine of their readers for all others. */
export interface Collaborative {
  readonly readers: Readers;
  /** How many rows have EASE^R weights. */
  readonly modelled: number;
  /** Likes of a row. */
  likes(row: number): number;
  /** How much liking `from` speaks for `to`. */
  weight(from: number, to: number): number;
  /**
   * How much liking those rows, and having read the others without liking them, speaks for each row, [rows]; 0 for rows that
   * nobody liked.
   */
  score(liked: Iterable<number>, read?: Iterable<number>): Float64Array;
}

/**
 * Learns from readers' likes. EASE^R inverts a dense matrix, so that it takes only the `maxItems` most liked rows; the
 * others are compared when they are asked for, which needs nothing but the likes themselves.
 */
export async function learnCollaborative(
  readers: Readers,
  { maxItems, cache, signal }: { maxItems: number; cache?: ModelCache; signal?: AbortSignal },
): Promise<Collaborative> {
  const { likes, likedBy } = readers;
  const rows = likes.itemCount;
  const likesOf = (row: number): number => likedBy.starts[row + 1]! - likedBy.starts[row]!;
  const liked = mostLikedFirst(rows, likesOf);
  const modelled = liked.subarray(0, maxItems);
  const columnOf = new Int32Array(rows).fill(-1);
  for (const [column, row] of modelled.entries()) columnOf[row] = column;
  const model = await train(readers, modelled, columnOf, { cache, signal });

  /** Cosine of the sets of readers of `row` and of every row outside the model, added to `scores`. */
  const addNeighbours = (row: number, scores: Float64Array, share: number): void => {
    const own = itemsOf(likedBy, row);
    const step = Math.max(1, own.length / askedReaders);
    for (let i = 0; i < own.length; i += step) {
      for (const other of itemsOf(likes, own[Math.floor(i)]!)) {
        if (columnOf[other]! < 0 && other !== row)
          scores[other]! += (share * step) / Math.sqrt(own.length * likesOf(other));
      }
    }
  };
  const mostLikes = liked.length > 0 ? likesOf(liked[0]!) : 1;
  const addPopularity = (scores: Float64Array): void => {
    const unit = (popularityShare * largest(scores)) / mostLikes;
    for (const row of liked) scores[row]! += unit * likesOf(row);
  };
  return {
    readers,
    modelled: modelled.length,
    likes: likesOf,
    weight: (from, to) => {
      const [i, j] = [columnOf[from]!, columnOf[to]!];
      if (model && i >= 0 && j >= 0) return model.weights[i * model.itemCount + j]!;
      return common(itemsOf(likedBy, from), itemsOf(likedBy, to)) / Math.sqrt(likesOf(from) * likesOf(to) || 1);
    },
    score: (given, read = []) => {
      const from = [...given];
      const alsoRead = [...read];
      const scores = new Float64Array(rows);
      const columnsOf = (some: readonly number[]) => some.map((row) => columnOf[row]!).filter((column) => column >= 0);
      const inside = model && scoreItems(model, columnsOf(from));
      if (model && alsoRead.length > 0)
        for (const [column, score] of scoreItems(model, columnsOf(alsoRead)).entries())
          inside![column]! += readShare * score;
      if (liked.length > modelled.length) {
        for (const row of from) addNeighbours(row, scores, 1);
        for (const row of alsoRead) addNeighbours(row, scores, readShare);
        const factor = (outsideShare * (largest(inside ?? []) || 1)) / (largest(scores) || 1);
        for (let row = 0; row < rows; row++) scores[row]! *= factor;
      }
      for (const [column, score] of inside?.entries() ?? []) scores[modelled[column]!] = score;
      if (from.length > 0) addPopularity(scores);
      return scores;
    },
  };
}

async function train(
  { likes, read }: Readers,
  modelled: Uint32Array,
  columnOf: Int32Array,
  { cache, signal }: { cache?: ModelCache; signal?: AbortSignal },
): Promise<ItemModel | undefined> {
  const n = modelled.length;
  if (n < 2) return undefined;
  const known = await cache?.get();
  if (known?.length === n * n * 4) return { itemCount: n, weights: new Float32Array(known.slice().buffer) };
  const ofColumns = (given: Interactions): Interactions => {
    const pairs = function* (): Generator<[number, number]> {
      for (let user = 0; user < given.userCount; user++)
        for (const row of itemsOf(given, user)) if (columnOf[row]! >= 0) yield [user, columnOf[row]!];
    };
    return toInteractions(pairs(), given.userCount, n);
  };
  const options = { ...taste, read: { interactions: ofColumns(read), share: readShare } };
  const model = await runInTurns(easeSteps(ofColumns(likes), options), {
    signal,
    what: "learning from the ratings",
  });
  const weights = Float32Array.from(model.weights);
  await cache?.put(new Uint8Array(weights.buffer));
  return { itemCount: n, weights };
}

/** The rows that anybody liked, those with the most likes first and the lower first among equals, by counting. */
function mostLikedFirst(rows: number, likesOf: (row: number) => number): Uint32Array {
  let most = 0;
  for (let row = 0; row < rows; row++) most = Math.max(most, likesOf(row));
  const ends = new Uint32Array(most + 2);
  for (let row = 0; row < rows; row++) ends[likesOf(row)]!++;
  // Where the rows with so many likes begin: behind all that have more.
  for (let likes = most, before = 0; likes >= 0; likes--) {
    const own = ends[likes]!;
    ends[likes] = before;
    before += own;
  }
  const sorted = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) sorted[ends[likesOf(row)]!++] = row;
  return sorted.subarray(0, most === 0 ? 0 : ends[1]);
}

/** How many numbers two ascending lists share. */
function common(a: Uint32Array, b: Uint32Array): number {
  let [i, j, shared] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    if (a[i]! === b[j]!) shared++;
    if (a[i]! <= b[j]!) i++;
    else j++;
  }
  return shared;
}

function largest(scores: Iterable<number>): number {
  let most = 0;
  for (const score of scores) most = Math.max(most, score);
  return most;
}
