import { GrowingArray } from "./growing-array.ts";
import { type Interactions, itemsOf, toInteractions, transposed } from "./interactions.ts";
import type { Rating } from "./ratings.ts";

/** The rows a reader rated: liked, disliked, and neither. */
interface ReaderHistory {
  liked: Iterable<number>;
  disliked: Iterable<number>;
  other: Iterable<number>;
}

/** Who liked what, in typed arrays. */
export interface Readers {
  readonly count: number;
  /** Ratings that were of items the catalogue has. */
  readonly known: number;
  readonly unknownItems: number;
  readonly likes: Interactions;
  readonly likedBy: Interactions;
  history(reader: string): ReaderHistory | undefined;
}

/**
 * Sorts ratings into likes, dislikes and neither. One from `likedFrom` on is a like, one below `likedFrom` − 1 (a 1 or 2
 * of 5) a dislike; a rating without a value is a like.
 *
 * @param ratings gone through twice
 * @param rowOf an item's row; undefined counts the rating as one of an unknown item
 */
export function gatherReaders(
  ratings: Iterable<Rating>,
  { rows, rowOf, likedFrom }: { rows: number; rowOf: (item: string) => number | undefined; likedFrom?: number },
): Readers {
  let highest = 0;
  for (const { value = 0 } of ratings) highest = Math.max(highest, value);
  const threshold = likedFrom ?? (highest > 5 ? 7 : 4);
  const numbers = new Map<string, number>();
  const kinds = ["liked", "disliked", "other"] as const;
  const pairs = { liked: pairList(), disliked: pairList(), other: pairList() };
  let unknownItems = 0;
  for (const { user, item, value = threshold } of ratings) {
    const row = rowOf(item);
    if (row === undefined) {
      unknownItems++;
      continue;
    }
    let number = numbers.get(user);
    if (number === undefined) numbers.set(user, (number = numbers.size));
    const kind = value >= threshold ? "liked" : value < threshold - 1 ? "disliked" : "other";
    pairs[kind].users.push(number);
    pairs[kind].rows.push(row);
  }
  const known = kinds.reduce((sum, kind) => sum + pairs[kind].rows.length, 0);
  const of = (kind: (typeof kinds)[number]) => toInteractions(zip(pairs[kind]), numbers.size, rows);
  const [likes, disliked, other] = [of("liked"), of("disliked"), of("other")];
  return {
    count: numbers.size,
    known,
    unknownItems,
    likes,
    likedBy: transposed(likes),
    history: (reader) => {
      const number = numbers.get(reader);
      if (number === undefined) return undefined;
      return { liked: itemsOf(likes, number), disliked: itemsOf(disliked, number), other: itemsOf(other, number) };
    },
  };
}

const pairList = () => ({ users: GrowingArray.uint32(), rows: GrowingArray.uint32() });

function* zip({ users, rows }: ReturnType<typeof pairList>): Generator<[user: number, row: number]> {
  const [userValues, rowValues] = [users.values(), rows.values()];
  for (let i = 0; i < userValues.length; i++) yield [userValues[i]!, rowValues[i]!];
}
