import { toInteractions } from "./interactions.ts";
import { ease, type ItemModel, scoreItems } from "./item-model.ts";
import type { Rating } from "./ratings.ts";

/** The rows a reader rated: liked, disliked, and neither. */
interface Reader {
  liked: Set<number>;
  disliked: Set<number>;
  other: Set<number>;
}

/** Ratings in terms of the catalogue's rows, with an EASE^R model over the most liked of them. */
export interface Collaborative {
  readonly readers: ReadonlyMap<string, Reader>;
  /** Likes of every row. */
  readonly likes: Float64Array;
  readonly unknownItems: number;
  /** How many rows have item–item weights. */
  readonly modelled: number;
  has(row: number): boolean;
  /** How much liking `from` speaks for `to`. */
  weight(from: number, to: number): number;
  /** How much liking those rows speaks for each row, [rows]; 0 for rows without weights. */
  score(liked: Iterable<number>): Float64Array;
}

/**
 * Learns from ratings. One from `likedFrom` on is a like, one below `likedFrom` − 1 (a 1 or 2 of 5) a dislike; a rating
 * without a value is a like.
 *
 * @param rowOf an item's row; undefined counts the rating as one of an unknown item
 */
export function learnFromRatings(
  ratings: readonly Rating[],
  {
    rows,
    rowOf,
    likedFrom,
    maxItems,
  }: { rows: number; rowOf: (item: string) => number | undefined; likedFrom?: number; maxItems: number },
): Collaborative {
  let highest = 0;
  for (const { value = 0 } of ratings) highest = Math.max(highest, value);
  const threshold = likedFrom ?? (highest > 5 ? 7 : 4);
  const readers = new Map<string, Reader>();
  let unknownItems = 0;
  for (const { user, item, value = threshold } of ratings) {
    const row = rowOf(item);
    if (row === undefined) {
      unknownItems++;
      continue;
    }
    let reader = readers.get(user);
    if (!reader) readers.set(user, (reader = { liked: new Set(), disliked: new Set(), other: new Set() }));
    if (value >= threshold) reader.liked.add(row);
    else if (value < threshold - 1) reader.disliked.add(row);
    else reader.other.add(row);
  }
  const likes = new Float64Array(rows);
  for (const { liked } of readers.values()) for (const row of liked) likes[row]!++;
  const modelled = [...likes.keys()]
    .filter((row) => likes[row]! > 0)
    .sort((a, b) => likes[b]! - likes[a]! || a - b)
    .slice(0, maxItems);
  const columnOf = new Map(modelled.map((row, column) => [row, column]));
  const columnsOf = (liked: Iterable<number>): number[] => [...liked].flatMap((row) => columnOf.get(row) ?? []);
  const model = train(
    [...readers.values()].map(({ liked }) => columnsOf(liked)),
    modelled.length,
  );
  return {
    readers,
    likes,
    unknownItems,
    modelled: modelled.length,
    has: (row) => columnOf.has(row),
    weight: (from, to) => {
      const [i, j] = [columnOf.get(from), columnOf.get(to)];
      return model && i !== undefined && j !== undefined ? model.weights[i * model.itemCount + j]! : 0;
    },
    score: (liked) => {
      const scores = new Float64Array(rows);
      if (!model) return scores;
      for (const [column, score] of scoreItems(model, columnsOf(liked)).entries()) scores[modelled[column]!] = score;
      return scores;
    },
  };
}

function train(users: readonly number[][], itemCount: number): ItemModel | undefined {
  if (itemCount < 2) return undefined;
  const pairs = users.flatMap((columns, user) => columns.map((column) => [user, column] as const));
  return ease(toInteractions(pairs, users.length, itemCount));
}
