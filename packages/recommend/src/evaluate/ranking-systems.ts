import { runInTurns } from "@loam/core";
import { damped } from "../items/damped.ts";
import { type Interactions, itemsOf, toInteractions, transposed } from "../items/interactions.ts";
import type { ItemList } from "../items/item-list.ts";
import { itemFeatures } from "../items/item-terms.ts";
import type { Readers } from "../items/readers.ts";
import { learnCollaborative, unratedShare } from "../model/collaborative.ts";
import { easeSteps, type ItemModel, itemCosine, scoreItems } from "../model/item-model.ts";
import type { WeightedIndex } from "../model/weighted-index.ts";
import type { ScoreItems } from "./evaluate-ranking.ts";

/** A way to rank items, with the settings that are tried for it. */
export interface RankingSystem {
  name: string;
  /** What is tried on the validation readers; the first where nothing is to be chosen. */
  settings: readonly number[];
  /** What a setting is called in the report: "λ". */
  setting?: string;
  /** @throws {CancelledError} */
  learn(setting: number): Promise<ScoreItems>;
}

interface Learning {
  train: Interactions;
  /** What readers rated without liking it, by the same numbers. */
  rated: Pick<Readers, "read" | "disliked">;
  items: ItemList;
  /** What items are compared by. */
  features: WeightedIndex;
  /** So many of the most liked items get item–item weights: memory grows with the square. */
  maxItems: number;
  signal?: AbortSignal;
}

/** Popularity, item–item cosine, EASE^R as published, BM25 over content, and the blend that Loam recommends by. */
export function rankingSystems({ train, rated, items, features, maxItems, signal }: Learning): RankingSystem[] {
  const likes = new Float64Array(train.itemCount);
  for (const item of train.items) likes[item]!++;
  const columns = mostLiked(likes, maxItems);
  const narrow = narrowed(train, columns);
  const overColumns = (model: ItemModel): ScoreItems => {
    const columnOf = new Map([...columns].map((row, column) => [row, column]));
    return (liked, scores) => {
      const own = [...liked].map((row) => columnOf.get(row)).filter((column) => column !== undefined);
      scores.fill(0);
      for (const [column, score] of scoreItems(model, own).entries()) scores[columns[column]!] = score;
    };
  };
  const content: ScoreItems = (liked, scores) => {
    const profile = new Map<string, number>();
    for (const row of liked)
      for (const [feature, weight] of damped(itemFeatures(items.at(row)!)))
        profile.set(feature, (profile.get(feature) ?? 0) + weight);
    scores.set(features.score(profile));
  };
  let together: Promise<(liked: Uint32Array, read: Uint32Array) => Float64Array> | undefined;
  const learnTogether = async () => {
    const readers: Readers = {
      ...{ count: train.userCount, known: train.items.length, unknownItems: 0 },
      ...{
        likes: train,
        likedBy: transposed(train),
        read: rated.read,
        disliked: rated.disliked,
        history: () => undefined,
      },
    };
    const collaborative = await learnCollaborative(readers, { maxItems, signal });
    return (liked: Uint32Array, read: Uint32Array) => collaborative.score(liked, read);
  };
  return [
    { name: "popularity", settings: [0], learn: async () => (_, scores) => scores.set(likes) },
    {
      name: "item–item cosine",
      settings: [20, 100],
      setting: "neighbours",
      learn: async (neighbours) => overColumns(itemCosine(narrow, { neighbours })),
    },
    {
      name: "EASE^R",
      settings: [50, 150, 400],
      setting: "λ",
      learn: async (regularisation) => {
        const paper = { regularisation, dropout: 0, userDamping: 0, popularityDamping: 0 };
        return overColumns(await runInTurns(easeSteps(narrow, paper), { signal, what: "learning EASE^R" }));
      },
    },
    { name: "BM25", settings: [0], learn: async () => content },
    {
      name: "Loam",
      settings: [0.8, 0.9, 0.95, 1],
      setting: "blend",
      learn: async (blend) => {
        const score = await (together ??= learnTogether());
        const words = new Float64Array(train.itemCount);
        return (liked, scores, read) => {
          content(liked, words, read);
          const taste = score(liked, read);
          for (const had of [liked, read]) for (const row of had) words[row] = taste[row] = 0;
          const [wordScale, tasteScale] = [1 / (highest(words) || 1), 1 / (highest(taste) || 1)];
          for (let row = 0; row < scores.length; row++) {
            const own = words[row]! * wordScale;
            const others = likes[row]! > 0 ? taste[row]! * tasteScale : unratedShare * own;
            scores[row] = (1 - blend) * own + blend * others;
          }
        };
      },
    },
  ];
}

function mostLiked(likes: Float64Array, most: number): Uint32Array {
  const rows = Uint32Array.from({ length: likes.length }, (_, row) => row).filter((row) => likes[row]! > 0);
  return rows.sort((a, b) => likes[b]! - likes[a]! || a - b).subarray(0, most);
}

/** The likes of those items alone, numbered by their place. */
function narrowed(train: Interactions, columns: Uint32Array): Interactions {
  const columnOf = new Int32Array(train.itemCount).fill(-1);
  for (const [column, row] of columns.entries()) columnOf[row] = column;
  const pairs = function* (): Generator<[number, number]> {
    for (let user = 0; user < train.userCount; user++)
      for (const row of itemsOf(train, user)) if (columnOf[row]! >= 0) yield [user, columnOf[row]!];
  };
  return toInteractions(pairs(), train.userCount, columns.length);
}

function highest(scores: Float64Array): number {
  let most = 0;
  for (const score of scores) most = Math.max(most, score);
  return most;
}
