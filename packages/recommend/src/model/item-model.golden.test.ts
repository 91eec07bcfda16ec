import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { evaluateRanking, type RankingQuality } from "../evaluate/evaluate-ranking.ts";
import { toInteractions } from "../items/interactions.ts";
import { ease, type ItemModel, itemCosine, scoreItems } from "./item-model.ts";

const shared = join(import.meta.dirname, "../../../../../../shared");
const data = join(process.env.LOAM_DATA ?? join(shared, "data"), "books");
const golden = join(process.env.LOAM_GOLDEN ?? join(shared, "golden"), "metrics/books");
const available = existsSync(data) && existsSync(golden);

const lines = (path: string): string[] => gunzipSync(readFileSync(path)).toString().trim().split("\n").slice(1);

/** The golden split: ratings from 4 of books whose ratings are complete, less the recorded test items. */
function loadSplit() {
  const books = (JSON.parse(readFileSync(join(data, "ratings_complete_book_ids.json"), "utf8")) as number[]).sort(
    (a, b) => a - b,
  );
  const index = new Map(books.map((book, i) => [book, i]));
  const held = new Map<number, number[]>();
  for (const line of lines(join(golden, "test.csv.gz"))) {
    const [user, ids] = line.split(",");
    held.set(
      Number(user),
      ids!.split(" ").map((id) => index.get(Number(id))!),
    );
  }
  const rows = new Map<number, number>();
  const pairs: [number, number][] = [];
  for (const line of lines(join(data, "ratings_subset.csv.gz"))) {
    const [user, book, rating] = line.split(",").map(Number) as [number, number, number];
    const item = index.get(book);
    if (item === undefined || rating < 4 || held.get(user)?.includes(item)) continue;
    if (!rows.has(user)) rows.set(user, rows.size);
    pairs.push([rows.get(user)!, item]);
  }
  const train = toInteractions(pairs, rows.size, books.length);
  return { train, test: new Map([...held].map(([user, items]) => [rows.get(user)!, items])) };
}

describe.skipIf(!available)("recommendation on the recorded split of goodbooks (needs LOAM_DATA)", () => {
  const { train, test: held } = available ? loadSplit() : ({} as ReturnType<typeof loadSplit>);
  const recorded = available
    ? (
        JSON.parse(readFileSync(join(golden, "results.json"), "utf8")) as {
          recommendation: Record<string, Record<string, number>>;
        }
      ).recommendation
    : {};
  const quality = (model: ItemModel): RankingQuality =>
    evaluateRanking(train, held, (liked, scores) => scoreItems(model, liked, scores));

  test("the baselines reach their recorded numbers", { timeout: 400_000 }, () => {
    for (const [name, expected] of Object.entries(recorded)) {
      const lambda = /^EASE\^R lambda (\d+)$/.exec(name)?.[1];
      const neighbours = /^item-knn cosine, (\d+|all) neighbours$/.exec(name)?.[1];
      if (!lambda && !neighbours) continue;
      const model = lambda
        ? ease(train, { regularisation: Number(lambda), dropout: 0, userDamping: 0, popularityDamping: 0 })
        : itemCosine(train, { neighbours: neighbours === "all" ? train.itemCount : Number(neighbours) });
      const got = quality(model);
      // The reference ranks scores that two summation orders may round apart: 1e-4 is three of 30,000 users.
      expect(Math.abs(got.recall - expected["recall@20"]!), `${name} recall`).toBeLessThan(1e-4);
      expect(Math.abs(got.ndcg - expected["ndcg@20"]!), `${name} ndcg`).toBeLessThan(1e-4);
      expect(Math.abs(got.coverage - expected["coverage@20"]!), `${name} coverage`).toBeLessThan(5e-3);
    }
  });

  test("our defaults are at least as good as the best recorded EASE^R, in recall and in nDCG", {
    timeout: 400_000,
  }, () => {
    const best = (measure: string): number => Math.max(...Object.values(recorded).map((scores) => scores[measure]!));
    const got = quality(ease(train));
    expect(got.recall).toBeGreaterThan(best("recall@20"));
    expect(got.ndcg).toBeGreaterThan(best("ndcg@20"));
  });
});
