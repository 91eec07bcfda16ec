import { expect, test } from "vitest";
import { readGolden } from "../../test/golden.ts";
import {
  averagePrecision,
  hitAt,
  type Judgements,
  ndcg,
  precisionAt,
  recallAt,
  reciprocalRank,
} from "./ranking-metrics.ts";

test("ranking metrics equal the recorded ones at every cut", () => {
  const { queries } = readGolden<{
    queries: { id: string; ranking: string[]; judged: Judgements; scores: Record<string, number> }[];
  }>("metrics/retrieval/qrels.json");
  for (const { id, ranking, judged, scores } of queries) {
    for (const [key, expected] of Object.entries(scores)) {
      const [name, cut] = key.split("@");
      const k = cut === undefined ? Number.POSITIVE_INFINITY : Number(cut);
      const metrics: Record<string, () => number> = {
        ndcg: () => ndcg(ranking, judged, { k }),
        ndcg_exp: () => ndcg(ranking, judged, { k, gain: "exponential" }),
        recall: () => recallAt(ranking, judged, k),
        precision: () => precisionAt(ranking, judged, k),
        hit: () => hitAt(ranking, judged, k),
        rr: () => reciprocalRank(ranking, judged, k),
        ap: () => averagePrecision(ranking, judged, k),
      };
      expect(metrics[name!]!(), `${id} ${key}`).toBeCloseTo(expected, 12);
    }
  }
});
