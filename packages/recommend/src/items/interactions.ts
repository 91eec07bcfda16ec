import { ArgumentError, GrowingArray } from "@loam/core";

/**
 * Who liked what, as a binary matrix in compressed rows: user u's items are `items.subarray(starts[u], starts[u + 1])`,
 * ascending, without repeats.
 */
export interface Interactions {
  readonly userCount: number;
  readonly itemCount: number;
  readonly starts: Uint32Array;
  readonly items: Uint32Array;
}

/**
 * Builds the matrix from (user, item) index pairs in any order; a repeated pair counts once.
 *
 * @throws {ArgumentError} for a reader or an item that is out of range.
 */
export function toInteractions(
  pairs: Iterable<readonly [user: number, item: number]>,
  userCount: number,
  itemCount: number,
): Interactions {
  const users = new GrowingArray(Uint32Array);
  const liked = new GrowingArray(Uint32Array);
  for (const [user, item] of pairs) {
    if (!(user >= 0 && user < userCount)) throw new ArgumentError("user", user, `an index below ${userCount}`);
    if (!(item >= 0 && item < itemCount)) throw new ArgumentError("item", item, `an index below ${itemCount}`);
    users.push(user);
    liked.push(item);
  }
  const { starts, ids } = gather(users.values(), liked.values(), userCount);
  // Sorted and without repeats, each user's in place and then all moved together.
  let kept = 0;
  for (let user = 0; user < userCount; user++) {
    const own = ids.subarray(starts[user], starts[user + 1]).sort();
    starts[user] = kept;
    for (let i = 0; i < own.length; i++) if (i === 0 || own[i] !== own[i - 1]) ids[kept++] = own[i]!;
  }
  starts[userCount] = kept;
  return { userCount, itemCount, starts, items: ids.slice(0, kept) };
}

/** The matrix turned round: who liked each item, ascending. */
export function transposed({ userCount, itemCount, starts, items }: Interactions): Interactions {
  const users = new Uint32Array(items.length);
  for (let user = 0; user < userCount; user++) users.fill(user, starts[user], starts[user + 1]);
  const { starts: itemStarts, ids } = gather(items, users, itemCount);
  return { userCount: itemCount, itemCount: userCount, starts: itemStarts, items: ids };
}

/** Puts `values` in order of their `keys`, by counting. */
function gather(keys: Uint32Array, values: Uint32Array, keyCount: number): { starts: Uint32Array; ids: Uint32Array } {
  const starts = new Uint32Array(keyCount + 1);
  for (const key of keys) starts[key + 1]!++;
  for (let key = 0; key < keyCount; key++) starts[key + 1]! += starts[key]!;
  const next = starts.slice();
  const ids = new Uint32Array(values.length);
  for (let i = 0; i < keys.length; i++) ids[next[keys[i]!]!++] = values[i]!;
  return { starts, ids };
}

/** The items of one user. */
export function itemsOf({ starts, items }: Interactions, user: number): Uint32Array {
  return items.subarray(starts[user]!, starts[user + 1]!);
}

/** Items that count for a share of those that were liked. */
export interface Lesser {
  interactions: Interactions;
  share: number;
}

/**
 * XᵀWX, [items, items], row-major: how often two items were liked by the same user, each user weighted. The diagonal is how
 * often an item was liked.
 *
 * @param weight of a user, by how many items there are of theirs, the lesser ones by their share
 */
export function gramMatrix(
  interactions: Interactions,
  weight: (itemCount: number) => number = () => 1,
  lesser?: Lesser,
): Float64Array {
  const n = interactions.itemCount;
  const gram = new Float64Array(n * n);
  for (let user = 0; user < interactions.userCount; user++) {
    const liked = itemsOf(interactions, user);
    const others = lesser ? itemsOf(lesser.interactions, user) : [];
    const share = lesser?.share ?? 0;
    const items = new Uint32Array(liked.length + others.length);
    items.set(liked);
    items.set(others, liked.length);
    if (items.length === 0) continue;
    const w = weight(liked.length + share * others.length);
    for (let a = 0; a < items.length; a++) {
      const row = items[a]! * n;
      const own = a < liked.length ? w : w * share;
      for (let b = 0; b < liked.length; b++) gram[row + items[b]!]! += own;
      for (let b = liked.length; b < items.length; b++) gram[row + items[b]!]! += own * share;
    }
  }
  return gram;
}
