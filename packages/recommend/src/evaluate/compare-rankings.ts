import { ArgumentError, type OnProgress, ProgressMeter, runInTurns } from "@loam/core";
import { type Interactions, itemsOf, toInteractions } from "../items/interactions.ts";
import type { ItemList } from "../items/item-list.ts";
import type { Readers } from "../items/readers.ts";
import type { WeightedIndex } from "../model/weighted-index.ts";
import { type ListQuality, type ReaderQuality, rankReaders } from "./evaluate-ranking.ts";
import { type RankingSystem, rankingSystems } from "./ranking-systems.ts";
import { splitLikes } from "./split-likes.ts";

export interface CompareRankingsOptions {
  /** Length of a list. */
  k?: number;
  /** Test readers at most. */
  readers?: number;
  seed?: number;
  /** So many of the most liked items get item–item weights. */
  collaborativeItems?: number;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/** One system on the held-out likes. */
export interface RankedSystem {
  name: string;
  /** The setting that ranked the validation readers best: `{ name: "λ", value: 150 }`. */
  setting?: { name: string; value: number };
  /** Each test reader, in an order that is the same for every system. */
  readers: readonly ReaderQuality[];
  lists: ListQuality;
  /** Those of whom two likes are known. */
  coldReaders: readonly ReaderQuality[];
  /** Recall of items that nobody is known to have liked, by reader who did. */
  coldItems: readonly ReaderQuality[];
}

export interface RankingComparison {
  k: number;
  seed: number;
  split: {
    items: number;
    readers: number;
    trainLikes: number;
    testReaders: number;
    validationReaders: number;
    coldItems: number;
  };
  systems: readonly RankedSystem[];
}

/**
 * Holds likes out, ranks the whole catalogue for their readers by five systems, each with the setting that does best on
 * readers of its own, and says how each list stands to what was held out. The same seed gives the same numbers.
 *
 * @throws {ArgumentError} when too few readers liked five items.
 * @throws {CancelledError}
 */
export async function compareRankings(
  { items, features, readers: all }: { items: ItemList; features: WeightedIndex; readers: Readers },
  { k = 20, readers = 500, seed = 1, collaborativeItems = 2_500, signal, onProgress }: CompareRankingsOptions = {},
): Promise<RankingComparison> {
  for (const [name, value] of Object.entries({ k, readers, collaborativeItems }))
    if (!Number.isInteger(value) || value < 1) throw new ArgumentError(name, value, "a positive integer");
  const { train, validation, test, coldReaders, coldTest, coldItems } = splitLikes(all.likes, { readers, seed });
  // Of a cold reader two likes are known, and nothing else.
  const rated = { read: withoutUsers(all.read, coldReaders), disliked: withoutUsers(all.disliked, coldReaders) };
  const systems = rankingSystems({ train, rated, items, features, maxItems: collaborativeItems, signal });
  const rounds = systems.reduce((sum, { settings }) => sum + (settings.length > 1 ? settings.length : 0), 0);
  const total = rounds * validation.size + systems.length * (test.size + coldTest.size);
  const meter = new ProgressMeter(onProgress, { task: "rank", unit: "list", total });
  const rank = async (score: Awaited<ReturnType<RankingSystem["learn"]>>, held: typeof test) => {
    const steps = function* () {
      const ranking = rankReaders(train, held, score, k, rated);
      for (;;) {
        const step = ranking.next();
        if (step.done) return step.value;
        meter.advance();
        yield;
      }
    };
    return await runInTurns(steps(), { signal, what: "ranking for readers" });
  };
  const ranked: RankedSystem[] = [];
  for (const { name, settings, setting, learn } of systems) {
    let best = { value: settings[0]!, score: await learn(settings[0]!), ndcg: Number.NEGATIVE_INFINITY };
    for (const value of settings.length > 1 ? settings : []) {
      const score = value === settings[0] ? best.score : await learn(value);
      const { readers: ofValidation } = await rank(score, validation);
      const ndcg = ofValidation.reduce((sum, reader) => sum + reader.ndcg, 0);
      if (ndcg > best.ndcg) best = { value, score, ndcg };
    }
    const { score } = best;
    const { readers: ofTest, lists } = await rank(score, test);
    ranked.push({
      name,
      ...(setting === undefined ? {} : { setting: { name: setting, value: best.value } }),
      ...{ readers: ofTest, lists },
      coldReaders: ofTest.filter(({ user }) => coldReaders.has(user)),
      coldItems: (await rank(score, coldTest)).readers,
    });
  }
  return {
    ...{ k, seed },
    split: {
      items: train.itemCount,
      readers: train.userCount,
      trainLikes: train.items.length,
      testReaders: test.size,
      validationReaders: validation.size,
      coldItems,
    },
    systems: ranked,
  };
}

function withoutUsers(given: Interactions, left: ReadonlySet<number>): Interactions {
  const pairs = function* (): Generator<[number, number]> {
    for (let user = 0; user < given.userCount; user++)
      if (!left.has(user)) for (const item of itemsOf(given, user)) yield [user, item];
  };
  return toInteractions(pairs(), given.userCount, given.itemCount);
}
