import { ArgumentError } from "@loam/core";

/**
 * Who liked what, as a binary matrix in compressed rows: user u's items are `items.subarray(starts[u], starts[u + 1])`,
 * ascending, without repeats.
 */
export interface Interactions {
  readonly userCount: number;
  readonly itemCount: number;
  readonly starts: Int32Array;
  readonly items: Int32Array;
}

/** Builds the matrix from (user, item) index pairs in any order; a repeated pair counts once. */
export function toInteractions(
  pairs: Iterable<readonly [user: number, item: number]>,
  userCount: number,
  itemCount: number,
): Interactions {
  const rows: number[][] = Array.from({ length: userCount }, () => []);
  for (const [user, item] of pairs) {
    if (!(user >= 0 && user < userCount)) throw new ArgumentError("user", user, `an index below ${userCount}`);
    if (!(item >= 0 && item < itemCount)) throw new ArgumentError("item", item, `an index below ${itemCount}`);
    rows[user]!.push(item);
  }
  const starts = new Int32Array(userCount + 1);
  const sorted = rows.map((row) => [...new Set(row)].sort((a, b) => a - b));
  for (const [user, row] of sorted.entries()) starts[user + 1] = starts[user]! + row.length;
  const items = new Int32Array(starts[userCount]!);
  for (const [user, row] of sorted.entries()) items.set(row, starts[user]!);
  return { userCount, itemCount, starts, items };
}

/** The items of one user. */
export function itemsOf({ starts, items }: Interactions, user: number): Int32Array {
  return items.subarray(starts[user]!, starts[user + 1]!);
}

/**
 * XᵀWX, [items, items], row-major: how often two items were liked by the same user, each user weighted. The diagonal is how
 * often an item was liked.
 */
export function gramMatrix(interactions: Interactions, weight: (itemCount: number) => number = () => 1): Float64Array {
  const n = interactions.itemCount;
  const gram = new Float64Array(n * n);
  for (let user = 0; user < interactions.userCount; user++) {
    const items = itemsOf(interactions, user);
    const w = weight(items.length);
    for (let a = 0; a < items.length; a++) {
      const row = items[a]! * n;
      for (let b = 0; b < items.length; b++) gram[row + items[b]!]! += w;
    }
  }
  return gram;
}
