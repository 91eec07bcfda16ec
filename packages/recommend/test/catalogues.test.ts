import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { catalogueItems, catalogueVectors, openStore, type Store } from "@loam/store";
import { storeEngines } from "@loam/store/testing";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Catalogues, openCatalogues, openRecommender, type Recommender } from "../src/index.ts";

const sample = join(import.meta.dirname, "../sample");
const folder = mkdtempSync(join(tmpdir(), "loam-catalogues-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

/** A long catalogue: three blocks, so that stopping half-way means something. */
const long = () =>
  file("long.csv", `title,tags\n${Array.from({ length: 600 }, (_, i) => `Book ${i},tag${i % 7}`).join("\n")}\n`);

/** Counts what it is asked; stops the work after `stopAfter` texts. */
function countingEmbedder(stopAfter = Number.POSITIVE_INFINITY, stop = new AbortController()) {
  const seen: string[] = [];
  return {
    seen,
    signal: stop.signal,
    embedder: {
      id: "test:length",
      dimensions: 16,
      embed: async (texts: readonly string[]) => {
        seen.push(...texts);
        if (seen.length >= stopAfter) stop.abort();
        return texts.map((text) => new Float32Array(16).map((_, i) => (i === text.length % 16 ? 1 : 0)));
      },
      countTokens: (text: string) => text.length,
    },
  };
}

for (const engine of storeEngines()) {
  describe.skipIf(engine.missing)(`catalogues in the store, ${engine.name}`, () => {
    let store: Store;
    let catalogues: Catalogues;
    let stop: () => Promise<void>;

    beforeAll(async () => {
      const started = await engine.start();
      store = await openStore(await started.newStore());
      catalogues = openCatalogues({ store });
      stop = async () => {
        await store.close();
        await started.stop();
      };
    });
    afterAll(() => stop?.());

    const addSample = () => catalogues.add(join(sample, "books.csv"), { ratings: join(sample, "ratings.csv") });

    test("a file is imported once, with what it holds and what was left out", async () => {
      const record = await addSample();
      expect(record).toMatchObject({
        name: "books",
        items: 30,
        skipped: { withoutTitle: 0, repeatedId: 0 },
        columns: { title: ["title"], authors: ["author"], tags: ["tags"] },
        ratings: { ratings: 21, readers: 7, unknownItems: 1, badRows: 0 },
        embedded: {},
      });
      expect(await addSample()).toEqual(record);
      expect((await catalogues.list()).map(({ id }) => id)).toEqual([record.id]);
    });

    test("another process finds it, and recommends as from the file", async () => {
      const other = openCatalogues({ store });
      const recommender = await other.open("books");
      expect((await recommender.fromText("robots and loneliness", { n: 1 }))[0]!.item.title).toBe(
        "The Lamp Keeper's Machine",
      );
      expect(
        recommender
          .forUser("ana", { n: 3 })
          .map(({ item }) => item.id)
          .sort(),
      ).toEqual(["23", "24", "3"]);
    });

    test("feedback is kept, counts at once, here and in another process, and can be taken back", async () => {
      const other = openCatalogues({ store });
      await catalogues.giveFeedback("books", "The Dragon Below the Mill", "like");
      await catalogues.giveFeedback("books", "20", "seen");
      expect((await other.open("books")).forUser({}, { n: 1 })[0]!.item.id).toBe("19");
      expect((await other.feedback("books")).map(({ item, kind }) => [item, kind])).toEqual([
        ["20", "seen"],
        ["18", "like"],
      ]);
      await other.giveFeedback("books", "18", "clear");
      expect((await catalogues.feedback("books")).map(({ item }) => item)).toEqual(["20"]);
      await expect(catalogues.giveFeedback("books", "No such book", "like")).rejects.toMatchObject({
        code: "not_found",
      });
    });

    test("embedding that is stopped goes on where it was, and is not repeated", async () => {
      await catalogues.add(long());
      const first = countingEmbedder(300);
      await expect(catalogues.embed("long", first.embedder, { signal: first.signal })).rejects.toThrow(/cancel/i);
      expect((await catalogues.get("long")).embedded).toEqual({ "test:length": 256 });
      const second = countingEmbedder();
      const record = await catalogues.embed("long", second.embedder);
      expect(record.embedded).toEqual({ "test:length": 600 });
      expect(second.seen[0]).toBe("Book 256. tag4");
      expect(second.seen).toHaveLength(344);
      const third = countingEmbedder();
      await catalogues.embed("long", third.embedder);
      expect(third.seen).toEqual([]);
      await expect(catalogues.compareRankings("long")).rejects.toThrow("expected one with ratings");
      const recommender = await catalogues.open("long", { embedder: third.embedder });
      expect(recommender.vectors?.size).toBe(600);
      expect(recommender.report.embedder).toBe("test:length");
    });

    test("another file under the same name takes its place; a bad one leaves it as it was; feedback stays", async () => {
      const path = file("own.csv", "id,title\n1,First\n2,Second\n");
      const { id } = await catalogues.add(path);
      await catalogues.giveFeedback("own", "2", "dislike");
      await expect(catalogues.add(file("own.csv", "heading\nx\n"))).rejects.toMatchObject({ code: "no_title_column" });
      expect(await catalogues.get("own")).toMatchObject({ id, items: 2 });
      const replaced = await catalogues.add(file("own.csv", "id,title\n2,Second\n3,Third\n3,Again\n4,\n"));
      expect(replaced).toMatchObject({ id, items: 2, skipped: { withoutTitle: 1, repeatedId: 1 } });
      expect((await catalogues.feedback("own")).map(({ item }) => item)).toEqual(["2"]);
      expect((await catalogues.open("own")).item("3").title).toBe("Third");
    });

    test("a cancelled import leaves nothing behind", async () => {
      const controller = new AbortController();
      controller.abort();
      await expect(catalogues.add(long(), { name: "stopped", signal: controller.signal })).rejects.toThrow(/cancel/i);
      await expect(catalogues.get("stopped")).rejects.toThrow('"stopped" does not exist');
    });

    test("ratings that hold no number, or are of unknown books, are counted", async () => {
      const ratings = file("marks.csv", "user_id,book_id,rating\na,1,5\na,9,4\nb,2,many\n");
      const { ratings: counts } = await catalogues.add(join(sample, "books.csv"), { name: "marked", ratings });
      expect(counts).toMatchObject({ ratings: 2, readers: 1, unknownItems: 0, badRows: 1 });
    });

    test("the map is laid out once, every book on it, and kept", async () => {
      const map = await catalogues.map("books");
      expect(map.rows).toHaveLength(30);
      expect(Math.min(...map.points)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...map.points)).toBeLessThanOrEqual(1);
      expect(await openCatalogues({ store }).map("books")).toEqual(map);
    });

    test("what is kept on disk answers as what is made in memory, also without what the rows hold, until the catalogue changes", async () => {
      const [path, ratings] = [join(sample, "books.csv"), join(sample, "ratings.csv")];
      const { embedder } = countingEmbedder();
      const { id } = await catalogues.add(path, { name: "kept", ratings });
      await catalogues.embed("kept", embedder);
      const asked = async (recommender: Recommender) => {
        const found = [
          await recommender.fromText("robots and loneliness", { n: 5 }),
          recommender.similarTo("18", { n: 5, diversity: 0.3, filters: { tags: ["fantasy"] } }),
          recommender.forUser("ana", { n: 5 }),
        ];
        return found.map((list) => list.map(({ item, score, reason }) => [item.id, score.toFixed(6), reason]));
      };
      const inMemory = await asked(await openRecommender({ catalogue: path, ratings, embedder }));
      expect(await asked(await openCatalogues({ store }).open("kept", { embedder }))).toEqual(inMemory);
      const nothing = new Uint8Array();
      await store.db.update(catalogueItems).set({ items: nothing }).where(eq(catalogueItems.catalogueId, id));
      await store.db.update(catalogueVectors).set({ vectors: nothing }).where(eq(catalogueVectors.catalogueId, id));
      expect(await asked(await openCatalogues({ store }).open("kept", { embedder }))).toEqual(inMemory);
      await catalogues.add(long(), { name: "kept" });
      expect((await openCatalogues({ store }).open("kept")).item("1").title).toBe("Book 0");
      const files = readdirSync(join(store.home, "index"), { recursive: true, encoding: "utf8" });
      expect(
        new Set(files.filter((name) => name.includes(`${id}/`)).map((name) => name.split("/").at(-1)!.split("-")[0])),
      ).toEqual(new Set(["2"]));
      await catalogues.remove("kept");
      const left = readdirSync(join(store.home, "index"), { recursive: true, encoding: "utf8" });
      expect(left.filter((name) => name.includes(id))).toEqual([]);
    });

    test("a removed catalogue is gone with all that belonged to it", async () => {
      await catalogues.remove("books");
      await expect(catalogues.open("books")).rejects.toMatchObject({ code: "not_found" });
      await addSample();
      expect(await catalogues.feedback("books")).toEqual([]);
    });
  });
}
