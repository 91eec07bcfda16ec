import { GrowingArray } from "@loam/core";
import { keptRow, RowTable, type Sections, type Values, whole } from "@loam/search";
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
  /** Rated, and neither liked nor disliked. */
  readonly read: Interactions;
  readonly disliked: Interactions;
  history(reader: string): ReaderHistory | undefined;
}

/**
 * Sorts ratings into likes, dislikes and neither. One from `likedFrom` on is a like, one below `likedFrom` − 1 (a 1 or 2
 * of 5) a dislike; a rating without a value is a like.
 *
 * @param ratings gone through twice
 * @param rowOf an item's row; undefined counts the rating as one of an unknown item
 * @returns the arrays of {@link keptReaders}
 */
export function readerArrays(
  ratings: Iterable<Rating>,
  { rows, rowOf, likedFrom }: { rows: number; rowOf: (item: string) => number | undefined; likedFrom?: number },
): Map<string, Values> {
  let highest = 0;
  for (const { value = 0 } of ratings) highest = Math.max(highest, value);
  const threshold = likedFrom ?? (highest > 5 ? 7 : 4);
  const numbers = new RowTable();
  const pairs = { liked: pairList(), disliked: pairList(), other: pairList() };
  let unknownItems = 0;
  for (const { user, item, value = threshold } of ratings) {
    const row = rowOf(item);
    if (row === undefined) {
      unknownItems++;
      continue;
    }
    const kind = value >= threshold ? "liked" : value < threshold - 1 ? "disliked" : "other";
    pairs[kind].users.push(numbers.rowOf(user, numbers.size));
    pairs[kind].rows.push(row);
  }
  const known = kinds.reduce((sum, kind) => sum + pairs[kind].rows.length, 0);
  const facts: ReaderFacts = { count: numbers.size, rows, known, unknownItems };
  const arrays = new Map<string, Values>([
    ["facts", new Uint8Array(Buffer.from(JSON.stringify(facts)))],
    ["names", numbers.slots],
  ]);
  const keep = (name: string, { starts, items }: Interactions) =>
    arrays.set(`${name}.starts`, starts).set(`${name}.items`, items);
  for (const kind of kinds) {
    const interactions = toInteractions(zip(pairs[kind]), numbers.size, rows);
    keep(kind, interactions);
    if (kind === "liked") keep("likedBy", transposed(interactions));
  }
  return arrays;
}

/** The readers of {@link readerArrays}. */
export function keptReaders(sections: Sections): Readers {
  const { count, rows, known, unknownItems } = JSON.parse(
    Buffer.from(whole<Uint8Array>(sections, "facts")).toString(),
  ) as ReaderFacts;
  const read = (name: string, userCount: number, itemCount: number): Interactions => ({
    ...{ userCount, itemCount },
    ...{ starts: whole(sections, `${name}.starts`), items: whole(sections, `${name}.items`) },
  });
  const [likes, disliked, other] = kinds.map((kind) => read(kind, count, rows)) as [
    Interactions,
    Interactions,
    Interactions,
  ];
  return {
    ...{ count, known, unknownItems, likes, likedBy: read("likedBy", rows, count), read: other, disliked },
    history: (reader) => {
      const number = keptRow(sections, "names", reader);
      if (number === undefined) return undefined;
      return { liked: itemsOf(likes, number), disliked: itemsOf(disliked, number), other: itemsOf(other, number) };
    },
  };
}

interface ReaderFacts {
  count: number;
  rows: number;
  known: number;
  unknownItems: number;
}

const kinds = ["liked", "disliked", "other"] as const;

const pairList = () => ({ users: new GrowingArray(Uint32Array), rows: new GrowingArray(Uint32Array) });

function* zip({ users, rows }: ReturnType<typeof pairList>): Generator<[user: number, row: number]> {
  const [userValues, rowValues] = [users.values(), rows.values()];
  for (let i = 0; i < userValues.length; i++) yield [userValues[i]!, rowValues[i]!];
}
