import { ArgumentError, Rng } from "@loam/core";
import { type Interactions, itemsOf, toInteractions } from "../items/interactions.ts";

/** Likes taken apart: what systems learn from, and what they are asked for. */
export interface LikesSplit {
  train: Interactions;
  /** Held-out likes by reader, for choosing settings. */
  validation: ReadonlyMap<number, readonly number[]>;
  /** Held-out likes of items that others liked. */
  test: ReadonlyMap<number, readonly number[]>;
  /** Test readers of whom two likes are known. */
  coldReaders: ReadonlySet<number>;
  /** Held-out likes of items that nobody's training data have. */
  coldTest: ReadonlyMap<number, readonly number[]>;
  coldItems: number;
}

/** A reader with fewer likes has nothing to hold out. */
const leastLikes = 5;
const heldOutShare = 0.2;
const coldItemShare = 0.05;
/** Every so many a test reader is a cold one, of whom so many likes stay known. */
const coldEvery = 5;
const knownOfCold = 2;

/**
 * Splits likes by a seed: a fifth of what each chosen reader liked is held out, all but two likes of every fifth test reader,
 * and all likes of one item in twenty.
 *
 * @param readers so many test readers at most; a quarter as many for validation
 * @throws {ArgumentError} when no reader has five likes.
 */
export function splitLikes(likes: Interactions, { readers, seed }: { readers: number; seed: number }): LikesSplit {
  const rng = new Rng(seed);
  const eligible: number[] = [];
  for (let user = 0; user < likes.userCount; user++) if (itemsOf(likes, user).length >= leastLikes) eligible.push(user);
  if (eligible.length < 2)
    throw new ArgumentError(
      "ratings",
      `${eligible.length} readers with ${leastLikes} likes`,
      `at least two readers who liked ${leastLikes} items`,
      "import more ratings: `loam catalogue add books.csv --ratings ratings.csv`",
    );
  shuffle(eligible, rng);
  const forTest = Math.max(1, Math.min(readers, Math.floor(eligible.length * 0.8)));
  const forValidation = Math.max(1, Math.min(Math.ceil(readers / 4), eligible.length - forTest));
  const liked = [...new Set(likes.items)];
  shuffle(liked, rng);
  const cold = new Set(liked.slice(0, Math.floor(liked.length * coldItemShare)));
  const held = new Map<number, Set<number>>();
  const split = {
    validation: new Map<number, readonly number[]>(),
    test: new Map<number, readonly number[]>(),
    coldReaders: new Set<number>(),
    coldTest: new Map<number, readonly number[]>(),
  };
  for (const [i, user] of eligible.slice(0, forTest + forValidation).entries()) {
    const isTest = i < forTest;
    const own = [...itemsOf(likes, user)];
    const known = own.filter((item) => !cold.has(item));
    shuffle(known, rng);
    const isCold = isTest && i % coldEvery === coldEvery - 1;
    const kept = isCold ? knownOfCold : known.length - Math.max(1, Math.round(known.length * heldOutShare));
    if (known.length <= kept || kept < 1) continue;
    const out = known.slice(kept);
    held.set(user, new Set(out));
    (isTest ? split.test : split.validation).set(user, out);
    if (isCold) split.coldReaders.add(user);
    const unseen = own.filter((item) => cold.has(item));
    if (isTest && unseen.length > 0) split.coldTest.set(user, unseen);
  }
  const pairs = function* (): Generator<[number, number]> {
    for (let user = 0; user < likes.userCount; user++)
      for (const item of itemsOf(likes, user)) if (!cold.has(item) && !held.get(user)?.has(item)) yield [user, item];
  };
  return { ...split, train: toInteractions(pairs(), likes.userCount, likes.itemCount), coldItems: cold.size };
}

function shuffle<T>(values: T[], rng: Rng): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
}
