import { operation } from "@loam/core";
import type { Catalogues, RankedSystem, RankingComparison, ReaderQuality } from "@loam/recommend";
import { z } from "zod";
import { bootstrapMean, type Interval } from "../statistics/bootstrap.ts";
import { type PairedComparison, pairedBootstrap } from "../statistics/significance.ts";

const EvaluateRecommendationInput = z.strictObject({
  catalogue: z.string().min(1).max(200).describe("name or id of a catalogue with ratings"),
  k: z.int().min(1).max(200).default(20).describe("length of a list"),
  readers: z.int().min(2).max(100_000).default(500).describe("test readers at most"),
  seed: z.int().min(0).max(4_294_967_295).default(1).describe("draws who is tested and what is held out"),
  collaborativeItems: z
    .int()
    .min(2)
    .max(10_000)
    .default(2_500)
    .describe("so many of the most liked items get item–item weights; time grows with the cube"),
});

/** A mean over readers with its 95 % interval. */
export interface Measured extends Interval {
  mean: number;
}

/** One system's row of the report. */
export interface RecommendationQuality {
  name: string;
  setting?: { name: string; value: number };
  recall: Measured;
  ndcg: Measured;
  map: Measured;
  coverage: number;
  noveltyBits: number;
  popularityLift: number;
  /** Of readers of whom two likes are known; undefined where there are none. */
  coldReaders?: { readers: number; recall: Measured; ndcg: Measured };
  /** Of items that nobody is known to have liked. */
  coldItems?: { readers: number; recall: Measured };
}

export interface RecommendationReport extends Pick<RankingComparison, "k" | "seed" | "split"> {
  catalogue: string;
  systems: RecommendationQuality[];
  /** Loam's nDCG less that of the best other system, by reader. */
  againstBest: PairedComparison & { name: string };
}

export const evaluateRecommendationOperation = operation({
  name: "recommend.evaluate",
  summary: "Measure recommendation on a catalogue's ratings, full rank, against popularity, item–item, EASE^R and BM25",
  description:
    "A fifth of what each test reader liked is held out, all but two likes of every fifth of them, and one item in twenty " +
    "altogether; every item of the catalogue competes. Settings are chosen on readers of their own. The same seed gives the same numbers.",
  lasts: "work",
  input: EvaluateRecommendationInput,
  run: async (
    { catalogues }: { catalogues: Pick<Catalogues, "get" | "compareRankings"> },
    { catalogue, ...options },
    { signal, progress },
  ): Promise<RecommendationReport> => {
    const { id, name } = await catalogues.get(catalogue);
    const { systems, ...split } = await catalogues.compareRankings(id, { ...options, signal, onProgress: progress });
    const own = systems.find(({ name }) => name === "Loam")!;
    const others = systems.filter((system) => system !== own);
    const best = others.reduce((a, b) => (mean(b.readers, "ndcg") > mean(a.readers, "ndcg") ? b : a));
    return {
      ...{ catalogue: name, ...split },
      systems: systems.map(qualityOf),
      againstBest: { name: best.name, ...pairedBootstrap(values(own.readers, "ndcg"), values(best.readers, "ndcg")) },
    };
  },
});

type Measure = Exclude<keyof ReaderQuality, "user">;

const values = (readers: readonly ReaderQuality[], measure: Measure) => readers.map((reader) => reader[measure]);

function mean(readers: readonly ReaderQuality[], measure: Measure): number {
  return values(readers, measure).reduce((a, b) => a + b, 0) / readers.length;
}

function measured(readers: readonly ReaderQuality[], measure: Measure): Measured {
  return { mean: mean(readers, measure), ...bootstrapMean(values(readers, measure)) };
}

function qualityOf({ name, setting, readers, lists, coldReaders, coldItems }: RankedSystem): RecommendationQuality {
  const of = (some: readonly ReaderQuality[]) => ({
    recall: measured(some, "recall"),
    ndcg: measured(some, "ndcg"),
  });
  return {
    ...{ name, setting, ...of(readers), map: measured(readers, "averagePrecision"), ...lists },
    coldReaders: coldReaders.length > 0 ? { readers: coldReaders.length, ...of(coldReaders) } : undefined,
    coldItems: coldItems.length > 0 ? { readers: coldItems.length, recall: measured(coldItems, "recall") } : undefined,
  };
}
