import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ArgumentError } from "@loam/core";
import { compile, floats, normalize, value } from "@loam/graph";
import { longestInput, useLiteHiddenStates } from "./forward.ts";
import { UnigramTokenizer } from "./tokenizer.ts";
import { readUseLiteWeights, useLiteFolder } from "./weights.ts";

/** Vectors of the pieces of a text, from inside the model that comes with Loam. */
export interface UseLiteTokens {
  /** 256 for layer 0, 512 above. */
  readonly dimensions: number;
  /** Most pieces of one row. */
  readonly maxTokens: number;
  readonly layer: number;
  tokenize(text: string): { ids: number[]; tokens: string[] };
  /**
   * @param rows piece ids, none longer than `maxTokens`; shorter rows are padded.
   * @returns [B, T, C] flat, each vector scaled to unit length; those of padding mean nothing.
   */
  run(rows: readonly (readonly number[])[], options?: { signal?: AbortSignal }): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * Opens the Universal Sentence Encoder Lite for its hidden states.
 *
 * @param layer 0 the embeddings, 1 and 2 the outputs of its layers; 2 unless said otherwise.
 * @throws {ArgumentError} unless layer is 0, 1 or 2.
 */
export async function openUseLiteTokens({
  layer = 2,
  threads,
}: {
  layer?: number;
  threads?: number;
} = {}): Promise<UseLiteTokens> {
  if (![0, 1, 2].includes(layer)) throw new ArgumentError("layer", layer, "0 (embeddings), 1 or 2");
  const folder = useLiteFolder();
  const weights = await readUseLiteWeights(folder);
  const vocabulary = JSON.parse(await readFile(join(folder, "vocab.json"), "utf8")) as [string, number][];
  const tokenizer = new UnigramTokenizer(vocabulary);
  const program = await compile(({ ids }) => normalize(useLiteHiddenStates(ids, weights)[layer]!), {
    name: "use-lite-tokens",
    threads,
    inputs: { ids: { dtype: "int64", shape: ["batch", "sequence"] } },
  });
  return {
    dimensions: layer === 0 ? 256 : 512,
    maxTokens: longestInput,
    layer,
    tokenize(text) {
      const ids = tokenizer.encode(text);
      return { ids, tokens: ids.map((id) => vocabulary[id]![0]) };
    },
    async run(rows, { signal } = {}) {
      const length = Math.max(...rows.map((row) => row.length));
      const ids = new BigInt64Array(rows.length * length).fill(-1n);
      for (const [b, row] of rows.entries()) ids.set(BigInt64Array.from(row, BigInt), b * length);
      return floats(await program({ ids: value(ids, [rows.length, length]) }, { signal }));
    },
    close: () => program.close(),
  };
}
