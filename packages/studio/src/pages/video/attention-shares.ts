import type { VideoAttentionJson } from "@loam/server";

/** Shares of one block, or the mean of all, with what is made of them. */
export interface Shares {
  /** Of each patch; they sum to 1. */
  patches: number[];
  words: { word: string; share: number }[];
  /** Of each slice of time. */
  slices: number[];
  strongest: number;
}

/** What is shown of an answer: one block, or all of them averaged. */
export function sharesOf({ grid, patches, words }: VideoAttentionJson, block: number | undefined): Shares {
  const of = (rows: readonly number[]) =>
    block === undefined ? rows.reduce((a, b) => a + b, 0) / rows.length : (rows[block] ?? 0);
  const count = grid[0] * grid[1] * grid[2];
  const each = Array.from({ length: count }, (_, n) => of(patches.map((row) => row[n]!)));
  const slices = Array.from({ length: grid[0] }, (_, slice) => {
    const perSlice = grid[1] * grid[2];
    return each.slice(slice * perSlice, (slice + 1) * perSlice).reduce((a, b) => a + b, 0);
  });
  return {
    patches: each,
    words: words.map(({ word, shares }) => ({ word, share: of(shares) })),
    slices,
    strongest: Math.max(...each),
  };
}
