import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ignoreIndex } from "./encode.ts";
import { rowTokens } from "./pack.ts";
import { RowSet } from "./row-set.ts";
import { RowStoreWriter } from "./row-store.ts";

/** Examples of 10 tokens; `shared` says how many of them are those of the one before. */
async function storeOf(shared: readonly number[], memoryBytes = 1e6) {
  const folder = mkdtempSync(join(tmpdir(), "loam-rows-"));
  const writer = new RowStoreWriter({ folder, memoryBytes });
  for (const [i, count] of shared.entries()) {
    const ids = Int32Array.from({ length: 10 }, (_, t) => (t < 8 ? t : 100 + i));
    const labels = ids.map((id, t) => (t < 9 ? ignoreIndex : id));
    await writer.append({ ids, labels, truncated: 0 }, { file: "a", line: i + 1 }, count);
  }
  return writer.finish(() => ({}));
}

test.each([1e6, 1])(
  "examples that begin alike share a row, with the beginning once (%i bytes in memory)",
  async (memory) => {
    const store = await storeOf([0, 7, 5, 0, 7, 7, 7, 7], memory);
    const rows = RowSet.sharingPrefixes(store, Uint32Array.from([7, 6, 5, 4, 3, 2, 1, 0]), 20);
    const read = await Promise.all(Array.from({ length: rows.length }, (_, row) => rows.read(row)));
    expect(rows.length).toBe(3);
    expect(read.map((row) => row.map(({ shared }) => shared))).toEqual([[5, 5, 5], [7, 7, 7, 7], [undefined]]);
    expect(read.map(rowTokens)).toEqual([20, 19, 10]);
    expect(read.map((_, row) => rows.tokensOf(row))).toEqual([20, 19, 10]);
    expect(rows.tokens).toEqual({ all: 49, supervised: 8 });
    await store.close();
  },
);

test("an example that is left out is no bridge between its neighbours", async () => {
  const store = await storeOf([0, 4, 7]);
  const rows = RowSet.sharingPrefixes(store, Uint32Array.from([0, 2]), 100);
  expect((await rows.read(0)).map(({ shared }) => shared)).toEqual([4, 4]);
});
