import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng } from "@loam/core";
import { afterAll, expect, test } from "vitest";
import { type EncodedExample, ignoreIndex } from "./encode.ts";
import { packRows } from "./pack.ts";
import { RowSet } from "./row-set.ts";
import { RowStore, RowStoreWriter } from "./row-store.ts";
import { SeenRows } from "./seen-rows.ts";
import { shuffledIndices } from "./shuffled-indices.ts";

const folder = mkdtempSync(join(tmpdir(), "loam-rows-"));
afterAll(() => rmSync(folder, { recursive: true }));
const rng = new Rng(5);
const examples = Array.from({ length: 200 }, (): EncodedExample => {
  const ids = Int32Array.from({ length: 2 + rng.integer(40) }, () => rng.integer(150_000));
  return { ids, labels: ids.map((id, i) => (i % 3 === 0 ? ignoreIndex : id)), truncated: 0 };
});

test.each([
  ["in memory", 1e6],
  ["in a file", 1000],
])("%s: examples come back as they were, by any order, with where they stood", async (where, memoryBytes) => {
  const at = join(folder, where.replaceAll(" ", "-"));
  const writer = new RowStoreWriter({ folder: at, memoryBytes });
  for (const [i, example] of examples.entries())
    await writer.append(example, { file: i < 120 ? "a.jsonl" : "b.jsonl", line: i + 1 });
  const store = await writer.finish(() => ({ key: "k" }));
  expect(store.inMemory).toBe(where === "in memory");
  expect(existsSync(at)).toBe(!store.inMemory);
  expect(store.tokens).toBe(examples.reduce((sum, { ids }) => sum + ids.length, 0));
  for (const i of shuffledIndices(examples.length, new Rng(1))) {
    expect(await store.read(i)).toEqual(examples[i]);
    expect(store.sourceOf(i)).toEqual({ file: i < 120 ? "a.jsonl" : "b.jsonl", line: i + 1 });
  }
  const rows = RowSet.packed(store, shuffledIndices(examples.length, new Rng(2)), 64);
  const packed = await Promise.all(Array.from({ length: rows.length }, (_, row) => rows.read(row)));
  expect(packed.flat()).toHaveLength(200);
  expect(rows.longest()).toBeLessThanOrEqual(64);
  expect(rows.tokens.supervised).toBe(
    examples.reduce((sum, { labels }) => sum + labels.filter((label, i) => i > 0 && label !== ignoreIndex).length, 0),
  );
  await store.close();
});

test("what was written is opened again with its note; a file that was cut is not", async () => {
  const at = join(folder, "in-a-file");
  const opened = (await RowStore.open(at))!;
  expect(opened.note).toEqual({ key: "k" });
  expect(await opened.store.read(17)).toEqual(examples[17]);
  await opened.store.close();
  const { truncateSync } = await import("node:fs");
  truncateSync(join(at, "tokens.bin"), 100);
  expect(await RowStore.open(at)).toBeUndefined();
  expect(readdirSync(at).sort()).toEqual(["index.safetensors", "tokens.bin"]);
});

test("indices are shuffled as items are", () => {
  const items = Array.from({ length: 1000 }, (_, i) => i);
  expect([...shuffledIndices(1000, new Rng(9))]).toEqual(new Rng(9).shuffle(items));
});

test("rows are packed as a search through all of them would", () => {
  const lengths = Array.from({ length: 500 }, () => 1 + rng.integer(50));
  const naive: { items: number[]; free: number }[] = [];
  for (const i of lengths.map((_, i) => i).sort((a, b) => lengths[b]! - lengths[a]! || a - b)) {
    let row = naive.find(({ free }) => free >= lengths[i]!);
    if (!row) naive.push((row = { items: [], free: 64 }));
    row.items.push(i);
    row.free -= lengths[i]!;
  }
  expect(packRows(lengths, 64)).toEqual(naive.map(({ items }) => items));
  expect(packRows([], 8)).toEqual([]);
});

test("a text is new once, however many there are", () => {
  const seen = new SeenRows();
  for (let round = 0; round < 2; round++) for (let i = 0; i < 5000; i++) expect(seen.add(`row ${i}`)).toBe(round === 0);
});
