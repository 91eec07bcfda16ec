import { Rng } from "@loam/core";
import { MemorySections } from "@loam/search";
import { describe, expect, test } from "vitest";
import type { CatalogueItem } from "../items/catalogue.ts";
import { itemsOf, toInteractions } from "../items/interactions.ts";
import type { Rating } from "../items/ratings.ts";
import { keptReaders, readerArrays } from "../items/readers.ts";
import { catalogueArrays } from "../recommender/catalogue-arrays.ts";
import { CatalogueIndex } from "../recommender/catalogue-index.ts";
import { compareRankings, type RankingComparison } from "./compare-rankings.ts";
import { evaluateRanking, rankReaders } from "./evaluate-ranking.ts";
import { splitLikes } from "./split-likes.ts";

/** Six subjects of twenty books; a reader likes books of one subject, now and then another. */
const items: CatalogueItem[] = Array.from({ length: 120 }, (_, i) => ({
  id: `${i}`,
  title: `Book ${i}`,
  authors: [`Author ${i % 40}`],
  tags: [
    { name: `subject${i % 6}`, weight: 1 },
    { name: `shade${i % 17}`, weight: 0.3 },
  ],
}));
const rng = new Rng(3);
const ratings: Rating[] = Array.from({ length: 240 * 12 }, (_, i) => {
  const subject = (i % 240) % 6;
  const item = rng.uniform() < 0.85 ? subject + 6 * Math.floor(20 * rng.uniform() ** 2) : rng.integer(items.length);
  return { user: `reader ${i % 240}`, item: `${item}`, value: 5 };
});
const index = new CatalogueIndex(new MemorySections(await catalogueArrays(items)));
const rowOf = (id: string) => index.rowOfId(id);
const readers = keptReaders(new MemorySections(readerArrays(ratings, { rows: items.length, rowOf })));
const compare = (seed: number): Promise<RankingComparison> =>
  compareRankings({ items, features: index.features, readers }, { k: 10, readers: 100, seed, collaborativeItems: 100 });

describe("comparing ways to recommend", () => {
  test("five systems rank the same readers, and the same seed gives the same numbers", async () => {
    const [one, again, other] = [await compare(1), await compare(1), await compare(2)];
    expect(again).toEqual(one);
    expect(other.systems).not.toEqual(one.systems);
    expect(one.systems.map(({ name }) => name)).toEqual(["popularity", "item–item cosine", "EASE^R", "BM25", "Loam"]);
    for (const { readers } of one.systems)
      expect(readers.map(({ user }) => user)).toEqual(one.systems[0]!.readers.map(({ user }) => user));
    const ndcg = ({ readers }: (typeof one.systems)[number]) =>
      readers.reduce((sum, reader) => sum + reader.ndcg, 0) / readers.length;
    const [popularity, cosine, ease, , loam] = one.systems.map(ndcg) as [number, number, number, number, number];
    expect(Math.min(cosine, ease, loam)).toBeGreaterThan(popularity);
    // What is published is what is measured: EASE^R has the setting that did best on readers of its own.
    expect(one.systems[2]!.setting).toMatchObject({ name: "λ" });
    // Popularity shows everybody the same few: the least of the catalogue, and the best liked.
    expect(one.systems[0]!.lists.coverage).toBeLessThan(one.systems[3]!.lists.coverage);
    expect(one.systems[0]!.lists.popularityLift).toBe(
      Math.max(...one.systems.map(({ lists }) => lists.popularityLift)),
    );
  });

  test("items that nobody is known to have liked are found by content alone", async () => {
    const { systems, split } = await compare(1);
    expect(split.coldItems).toBe(6);
    const recall = (name: string) =>
      systems.find((system) => system.name === name)!.coldItems.reduce((sum, reader) => sum + reader.recall, 0);
    expect([recall("popularity"), recall("item–item cosine"), recall("EASE^R")]).toEqual([0, 0, 0]);
    expect(recall("BM25")).toBeGreaterThan(0);
  });

  test("what is held out is in no training data, and cold readers keep two likes", () => {
    const {
      train,
      test: held,
      coldReaders,
      coldTest,
      validation,
    } = splitLikes(readers.likes, { readers: 100, seed: 5 });
    expect(coldReaders.size).toBeGreaterThan(10);
    for (const [user, out] of [...held, ...validation, ...coldTest]) {
      const known = new Set(itemsOf(train, user));
      expect(out.filter((item) => known.has(item))).toEqual([]);
      expect(out.every((item) => itemsOf(readers.likes, user).includes(item))).toBe(true);
      if (coldReaders.has(user)) expect(known.size).toBe(2);
    }
    expect([...held.keys()].filter((user) => validation.has(user))).toEqual([]);
    const cold = new Set([...coldTest.values()].flat());
    expect([...train.items].filter((item) => cold.has(item))).toEqual([]);
  });

  test("without enough likes it says what is needed", () => {
    const few = toInteractions([[0, 1]], 1, 3);
    expect(() => splitLikes(few, { readers: 10, seed: 1 })).toThrow(/at least two readers who liked 5 items/);
  });
});

test("recall, nDCG and average precision are those worked out by hand", () => {
  // Two readers of six items; the list is 2, 4, 5 for the first, who is right about 4 and 0.
  const train = toInteractions(
    [
      [0, 1],
      [1, 1],
      [1, 3],
    ],
    2,
    6,
  );
  const score = (_: Uint32Array, scores: Float64Array) => scores.set([0, 9, 5, 8, 4, 3]);
  const ranking = rankReaders(train, new Map([[0, [4, 0]]]), score, 3);
  let step = ranking.next();
  while (!step.done) step = ranking.next();
  const { readers: found, lists } = step.value;
  // The list is 3, 2, 4: one hit of two, at rank 3.
  expect(found).toEqual([{ user: 0, recall: 0.5, ndcg: 0.5 / (1 + 1 / Math.log2(3)), averagePrecision: 1 / 3 / 2 }]);
  // Liked once, never, never; the reader's own item by both.
  expect(lists.popularityLift).toBeCloseTo((1 / 3 - 2) / 2, 10);
  expect(lists.coverage).toBe(0.5);
  expect(evaluateRanking(train, new Map([[0, [4, 0]]]), score, 3)).toMatchObject({ recall: 0.5, users: 1 });
  // What the reader rated without liking it, 3 and 2, is told to the system and is no candidate: the list is 4, 5, 0.
  const told: number[][] = [];
  const rated = rankReaders(
    train,
    new Map([[0, [4, 0]]]),
    (liked, scores, read) => {
      told.push([...read]);
      score(liked, scores);
    },
    3,
    { read: toInteractions([[0, 3]], 2, 6), disliked: toInteractions([[0, 2]], 2, 6) },
  );
  rated.next();
  const { value } = rated.next();
  expect(told).toEqual([[3]]);
  expect(value).toMatchObject({ readers: [{ recall: 1 }] });
});
