import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng } from "@loam/core";
import { KeywordIndex, VectorIndex } from "@loam/search";
import { afterAll, describe, expect, test } from "vitest";
import { frequencyOf, idfOf, searchVectors, searchWords } from "./search-segments.ts";
import { SegmentBuilder } from "./segment-builder.ts";
import { SegmentFolder } from "./segment-folder.ts";
import { Segments } from "./segments.ts";

const home = mkdtempSync(join(tmpdir(), "loam-segments-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const dims = 24;
const rng = new Rng(11);
const word = () => `w${Math.floor(400 ** rng.uniform())}`;
const words = (count: number) => Array.from({ length: count }, word).join(" ");
const unit = () => {
  const vector = Float32Array.from({ length: dims }, () => rng.normal());
  return vector.map((x) => x / Math.hypot(...vector));
};

/** Documents of synthetic chunks, and the indexes in memory that they would make. */
class Model {
  readonly #keywords = new KeywordIndex();
  readonly #vectors = new VectorIndex(dims);
  /** Rows of vectors are used again. */
  readonly #ofVector: number[] = [];
  readonly #chunks: { id: string; text: string; vector: Float32Array }[] = [];
  readonly #documents = new Map<string, number[]>();

  /** Adds documents here and to a builder. */
  fill(documents: readonly string[], chunksOf: number): SegmentBuilder {
    const builder = new SegmentBuilder(dims);
    for (const document of documents) {
      const rows: number[] = [];
      for (let ordinal = 0; ordinal < chunksOf; ordinal++) {
        const [text, vector] = [words(12), unit()];
        builder.add({ document, ordinal, kind: "text", pages: [ordinal + 1, ordinal + 1], text, vector });
        const row = this.#chunks.push({ id: `${document}.${ordinal}`, text, vector }) - 1;
        this.#keywords.add(row, text);
        this.#ofVector[this.#vectors.add(vector)] = row;
        rows.push(row);
      }
      this.#documents.set(document, rows);
    }
    return builder;
  }

  drop(document: string): void {
    for (const row of this.#documents.get(document)!) {
      this.#keywords.remove(row);
      this.#vectors.remove(this.#ofVector.lastIndexOf(row));
    }
    this.#documents.delete(document);
  }

  /** What segments find is what these indexes find, with the same scores. */
  async expectSame({ current }: Segments): Promise<void> {
    const shown = (found: { segment: { chunkId(row: number): string }; row: number; score: number }[]) =>
      found.map(({ segment, row, score }) => [segment.chunkId(row), score.toFixed(4)]);
    const own = (found: { row: number; score: number }[]) =>
      found.map(({ row, score }) => [this.#chunks[row]!.id, score.toFixed(4)]);
    for (let i = 0; i < 3; i++) {
      const [query, vector] = [words(4), unit()];
      // All that hold a word: of equal ones at the end of a shorter list either may be left out.
      expect(new Set(shown(searchWords(current, query, { k: 9_999 })).map(String))).toEqual(
        new Set(own(this.#keywords.search(query, { k: 9_999 })).map(String)),
      );
      expect(shown(await searchVectors(current, vector, { k: 20 }))).toEqual(
        own(this.#vectors.search(vector, { k: 20 }).map(({ row, score }) => ({ row: this.#ofVector[row]!, score }))),
      );
      const term = word();
      expect(idfOf(current, term)).toBeCloseTo(this.#keywords.idf(term), 10);
      expect(frequencyOf(current, term) > 0).toBe(this.#keywords.has(term));
    }
  }
}

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

describe("the index on disk finds what an index in memory finds", () => {
  test("after additions, removals and bringing together, here and in a process that opens it", async () => {
    const model = new Model();
    const folder = new SegmentFolder(home, "grow");
    const segments = new Segments(folder);
    const all: string[] = [];
    // Large and small additions: some lie in files at once, some in memory until there are enough of them.
    for (const [i, [documents, chunksOf]] of [
      [40, 60],
      [1, 3],
      [2, 9],
      [30, 20],
      [40, 60],
      [1, 1],
      [9, 40],
    ].entries()) {
      const added = names(`d${i}-`, documents!);
      all.push(...added);
      await segments.add(model.fill(added, chunksOf!));
    }
    await model.expectSame(segments);
    const gone = all.filter((_, i) => i % 3 === 0);
    await segments.drop(gone);
    for (const document of gone) model.drop(document);
    await model.expectSame(segments);
    for (let i = 0; i < 8; i++) {
      const added = names(`e${i}-`, 10);
      all.push(...added);
      await segments.add(model.fill(added, 30));
    }
    const before = (await folder.list()).length;
    await segments.tend();
    expect((await folder.list()).length).toBeLessThan(before);
    await model.expectSame(segments);

    const present = all.filter((document) => !gone.includes(document));
    const other = new Segments(new SegmentFolder(home, "grow"));
    await other.openKept(new Set(present));
    const missing = present.filter((document) => !other.has(document));
    expect(missing.length).toBeLessThan(20); // only what was too little to keep
    for (const document of missing) model.drop(document);
    await model.expectSame(other);
  }, 30_000);

  test("a document that goes while segments are brought together stays gone", async () => {
    const model = new Model();
    const segments = new Segments(new SegmentFolder(home, "meanwhile"));
    for (let i = 0; i < 8; i++) await segments.add(model.fill(names(`m${i}-`, 5), 60));
    const tending = segments.tend();
    await segments.drop(["m3-2"]);
    model.drop("m3-2");
    await tending;
    await model.expectSame(segments);
  });
});

describe("files of the index", () => {
  test("vectors of one embedder are never those of another", async () => {
    await new Segments(new SegmentFolder(home, "first")).add(new Model().fill(["a"], 300));
    const second = new Segments(new SegmentFolder(home, "second"));
    await second.openKept(new Set(["a"]));
    expect(second.has("a")).toBe(false);
  });

  test("what two processes wrote of the same document counts once", async () => {
    const model = new Model();
    const chunks = model.fill(["a", "b"], 200);
    for (let i = 0; i < 2; i++) await new Segments(new SegmentFolder(home, "twice")).add(chunks);
    const segments = new Segments(new SegmentFolder(home, "twice"));
    await segments.openKept(new Set(["a", "b"]));
    await model.expectSame(segments);
  });

  test("another process finds what was written after it had opened the rest", async () => {
    const model = new Model();
    const [one, two] = [new Segments(new SegmentFolder(home, "late")), new Segments(new SegmentFolder(home, "late"))];
    await one.add(model.fill(["a"], 300));
    await two.openKept(new Set(["a"]));
    await one.add(model.fill(["b"], 300));
    await two.openKept(new Set(["b"]));
    await model.expectSame(two);
  });

  test("a damaged file is removed, and its documents are missing", async () => {
    const folder = new SegmentFolder(home, "damaged");
    await new Segments(folder).add(new Model().fill(["a"], 300));
    const [file] = await folder.list();
    const [path] = readdirSync(home, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(file!));
    writeFileSync(join(home, path!), "half a file");
    const segments = new Segments(folder);
    await segments.openKept(new Set(["a"]));
    expect(segments.has("a")).toBe(false);
    expect(await folder.list()).toEqual([]);
  });

  test("where nothing can be written the index lies in memory", async () => {
    writeFileSync(join(home, "a-file"), "");
    const model = new Model();
    const segments = new Segments(new SegmentFolder(join(home, "a-file"), "anything"));
    await segments.add(model.fill(["a"], 300));
    await segments.add(model.fill(["b"], 300));
    await model.expectSame(segments);
  });
});
