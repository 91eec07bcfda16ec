import type { ReadState } from "./key-values.ts";

/**
 * Prompts are read in pieces of this many tokens, from their beginning: what a piece comes to is then the same to the bit
 * whether the pieces before it were read just now or long ago, so that a seed gives the same text either way.
 */
export const pieceTokens = 128;

interface Entry {
  ids: readonly number[];
  state: ReadState;
  bytes: number;
}

/** What has been read of earlier prompts, so that a longer one with the same beginning reads the rest only. */
export class PrefixCache {
  readonly #limitBytes: number;
  /** The one used last stands last. */
  #entries: Entry[] = [];

  constructor({ limitBytes = 512 * 1024 ** 2 }: { limitBytes?: number } = {}) {
    this.#limitBytes = limitBytes;
  }

  /** The longest beginning of a prompt that has been read, in whole pieces; at least one token is left to read. */
  find(ids: readonly number[]): { count: number; state: ReadState } | undefined {
    let best: { entry: Entry; count: number } | undefined;
    for (const entry of this.#entries) {
      const most = Math.min(entry.ids.length, ids.length - 1);
      let same = 0;
      while (same < most && entry.ids[same] === ids[same]) same++;
      const count = same - (same % pieceTokens);
      if (count > 0 && count > (best?.count ?? 0)) best = { entry, count };
    }
    if (!best) return undefined;
    const { entry, count } = best;
    this.#entries = [...this.#entries.filter((other) => other !== entry), entry];
    return { count, state: entry.state };
  }

  /** Keeps what was read of a prompt up to the end of a piece. */
  add(ids: readonly number[], state: ReadState): void {
    const bytes = state.past.reduce((sum, { key }) => sum + 8 * (key.data as Float32Array).length, 0);
    if (bytes > this.#limitBytes) return;
    const begins = (entry: Entry) => entry.ids.length <= ids.length && entry.ids.every((id, i) => id === ids[i]);
    this.#entries = [...this.#entries.filter((entry) => !begins(entry)), { ids, state, bytes }];
    let total = this.#entries.reduce((sum, entry) => sum + entry.bytes, 0);
    while (total > this.#limitBytes) total -= this.#entries.shift()!.bytes;
  }
}
