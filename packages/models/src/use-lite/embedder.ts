import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { throwIfCancelled } from "@loam/core";
import { compile, floats, value } from "@loam/graph";
import type { Embedder } from "../encoders/embedder.ts";
import { longestInput, useLite } from "./forward.ts";
import { UnigramTokenizer } from "./tokenizer.ts";
import { readUseLiteWeights, useLiteFolder } from "./weights.ts";

const DIMENSIONS = 512;
/** Positions in one run, padding included: large enough to keep the cores busy, small enough to cancel within moments. */
const POSITIONS_PER_RUN = 2048;

export interface UseLiteOptions {
  /** CPU threads; left out, one per physical core. */
  threads?: number;
}

/**
 * Opens the embedding model that comes with Loam: Universal Sentence Encoder Lite, 512 dimensions, English foremost.
 *
 * It sees the first 128 pieces of a text (about 90 English words) and nothing beyond, as its authors built it: cut
 * longer texts first, with `countTokens` for a measure. Texts are sorted by length and run in batches, so a call with
 * many texts is much faster than many calls.
 */
export async function openUseLite({ threads }: UseLiteOptions = {}): Promise<Embedder & { close(): Promise<void> }> {
  const folder = useLiteFolder();
  const weights = await readUseLiteWeights(folder);
  const tokenizer = new UnigramTokenizer(JSON.parse(await readFile(join(folder, "vocab.json"), "utf8")));
  const program = await compile(({ ids }) => useLite(ids, weights), {
    name: "use-lite",
    threads,
    weights: "packed", // 28 MB
    inputs: { ids: { dtype: "int64", shape: ["batch", "sequence"] } },
  });

  async function embed(texts: readonly string[], { signal }: { signal?: AbortSignal } = {}): Promise<Float32Array[]> {
    const rows = texts.map((text, index) => ({ index, ids: tokenizer.encode(text).slice(0, longestInput) }));
    rows.sort((a, b) => a.ids.length - b.ids.length);
    const vectors = new Array<Float32Array>(texts.length);
    for (let start = 0; start < rows.length; ) {
      throwIfCancelled(signal, "Embedding");
      const batch = takeBatch(rows, start);
      const sequence = Math.max(batch.at(-1)!.ids.length, 1);
      const ids = new BigInt64Array(batch.length * sequence).fill(-1n);
      for (const [row, item] of batch.entries()) {
        for (const [column, id] of item.ids.entries()) ids[row * sequence + column] = BigInt(id);
      }
      const output = floats(await program({ ids: value(ids, [batch.length, sequence]) }, { signal }));
      for (const [row, { index }] of batch.entries()) {
        vectors[index] = output.slice(row * DIMENSIONS, (row + 1) * DIMENSIONS);
      }
      start += batch.length;
    }
    return vectors;
  }

  return {
    id: "local:use-lite",
    dimensions: DIMENSIONS,
    embed,
    countTokens: (text) => tokenizer.encode(text).length,
    close: () => program.close(),
  };
}

/** Rows from `start` on, sorted by length, as many as fit in one run. */
function takeBatch<T extends { ids: number[] }>(rows: readonly T[], start: number): T[] {
  let end = start + 1;
  while (end < rows.length && (end + 1 - start) * rows[end]!.ids.length <= POSITIONS_PER_RUN) end++;
  return rows.slice(start, end);
}
