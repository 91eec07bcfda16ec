import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openUseLite } from "@loam/models";
import { describe, expect, test } from "vitest";
import { type CatalogueItem, readCatalogue } from "../src/items/catalogue.ts";
import { openRecommender } from "../src/recommender/open-recommender.ts";
import type { Recommender } from "../src/recommender/recommender-types.ts";
import { readGoodbooks } from "./goodbooks.ts";
import { plainQueries } from "./plain-queries.ts";

const shared = join(import.meta.dirname, "../../../../shared");
const data = join(process.env.LOAM_DATA ?? join(shared, "data"), "books");
const golden = join(process.env.LOAM_GOLDEN ?? join(shared, "golden"), "metrics/books");
const available = existsSync(data) && existsSync(golden);

const recorded = <T>(name: string): T => JSON.parse(readFileSync(join(golden, name), "utf8")) as T;
type Scores = Record<string, Record<string, number>>;

interface PlainQuery {
  query: string;
  relevant: readonly (number | string)[];
}

const recordedQueries = () => recorded<{ queries: PlainQuery[] }>("queries.json").queries;

/** Our own queries, with the books that are relevant to each. */
function ownQueries(books: readonly CatalogueItem[]): PlainQuery[] {
  const counts = books.map(({ tags }) => new Map(tags.map(({ name, weight }) => [name, Math.expm1(weight)])));
  const sum = (numbers: Iterable<number>): number => [...numbers].reduce((a, b) => a + b, 0);
  const totals = counts.map((tags) => sum(tags.values()));
  return plainQueries.map(([query, tags]) => {
    const about = (row: number): number => sum(tags.split(",").map((tag) => counts[row]!.get(tag) ?? 0)) / totals[row]!;
    return { query, relevant: books.filter((_, row) => about(row) >= 0.01).map(({ id }) => id) };
  });
}

/** Mean share of relevant books among the first ten. */
async function precisionAt10(recommender: Recommender, queries: PlainQuery[] = recordedQueries()): Promise<number> {
  let precision = 0;
  for (const { query, relevant } of queries) {
    const good = new Set(relevant.map(String));
    const found = await recommender.fromText(query, { n: 10 });
    precision += found.filter(({ item }) => good.has(item.id)).length / 10 / queries.length;
  }
  return precision;
}

describe.skipIf(!available)("recommendation from text on goodbooks (needs LOAM_DATA and LOAM_GOLDEN)", () => {
  const books: Promise<CatalogueItem[]> = available ? readGoodbooks(data) : Promise.resolve([]);
  const { queries, cold_start: cold } = available
    ? recorded<{ queries: Scores; cold_start: Scores }>("results.json")
    : { queries: {}, cold_start: {} };

  test("plain-word queries with all fields are well above the recorded BM25", { timeout: 120_000 }, async () => {
    const recommender = await openRecommender({ catalogue: await books });
    const precision = await precisionAt10(recommender);
    expect(precision).toBeGreaterThanOrEqual(queries["BM25 title+authors+tags"]!["precision@10"]! + 0.04);
    // BM25 over all fields reaches .699 here.
    expect(await precisionAt10(recommender, ownQueries(await books))).toBeGreaterThan(0.79);
  });

  test("with titles and authors only, words alone beat the recorded baselines", { timeout: 60_000 }, async () => {
    const bare = (await books).map((book) => ({ ...book, tags: [] }));
    const precision = await precisionAt10(await openRecommender({ catalogue: bare }));
    expect(precision).toBeGreaterThan(queries["TF-IDF title+authors"]!["precision@10"]! + 0.03);
  });

  test("with titles and authors only, an embedder adds clearly more", { timeout: 300_000 }, async () => {
    const bare = (await books).map((book) => ({ ...book, tags: [] }));
    const precision = await precisionAt10(await openRecommender({ catalogue: bare, embedder: await openUseLite() }));
    expect(precision).toBeGreaterThan(queries["TF-IDF title+authors"]!["precision@10"]! + 0.09);
  });

  test("co-rated neighbours from text alone", { timeout: 60_000 }, async () => {
    const { neighbours } = recorded<{ neighbours: Record<string, number[]> }>("neighbours.json");
    const complete = new Set(
      (JSON.parse(readFileSync(join(data, "ratings_complete_book_ids.json"), "utf8")) as number[]).map(String),
    );
    const tagged = new Map((await books).map((book) => [book.id, book]));
    const { items } = await readCatalogue(join(data, "books.csv"));
    const catalogue = items.filter(({ id }) => complete.has(id)).map((item) => tagged.get(item.id) ?? item);
    const recommender = await openRecommender({ catalogue });
    const asked = Object.entries(neighbours);
    let recall = 0;
    for (const [book, nearest] of asked) {
      const truth = new Set(nearest.map(String));
      const found = recommender.similarTo(book, { n: 20 });
      recall += found.filter(({ item }) => truth.has(item.id)).length / nearest.length / asked.length;
    }
    expect(recall).toBeGreaterThanOrEqual(cold["BM25 title+authors+tags"]!["recall@20"]!);
  });
});
