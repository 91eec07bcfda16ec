import { BertScorer } from "../bertscore/bert-scorer.ts";
import { embeddingCosines } from "../similarity/embedding-cosine.ts";
import type { Metric, ScoreRow } from "./metric.ts";

const sides = (rows: readonly ScoreRow[]) =>
  [rows.map((row) => row.prediction), rows.map((row) => row.references)] as const;

export const embeddingMetrics: Metric[] = [
  {
    name: "bertscore",
    summary: "BERTScore (Zhang 2020): F of tokens matched by the cosine of their vectors in context",
    range: [-1, 1],
    direction: "higher",
    needs: ["reference", "tokenEncoder"],
    grain: "corpus",
    async score(rows, { tokenEncoder, bertScore, signal, onProgress }) {
      const scorer = new BertScorer(tokenEncoder!, bertScore);
      const { rows: scores, hash, longRows } = await scorer.score(...sides(rows), { signal, onProgress });
      // idf leaves no weight on a text whose every token stands in all references.
      const failures = scores.flatMap(({ precision, recall }, row) =>
        Number.isNaN(precision) || Number.isNaN(recall)
          ? [{ row, reason: "every token weighs 0: with idf, score against more than one reference" }]
          : [],
      );
      const failed = new Set(failures.map(({ row }) => row));
      const values = (pick: (score: (typeof scores)[number]) => number) =>
        scores.map((score, row) => (failed.has(row) ? null : pick(score)));
      return {
        values: values((score) => score.f),
        parts: { precision: values((score) => score.precision), recall: values((score) => score.recall) },
        signature: hash,
        failures,
        notes:
          longRows.length > 0
            ? [`${longRows.length} rows hold texts longer than ${tokenEncoder!.maxTokens} tokens`]
            : [],
      };
    },
  },
  {
    name: "embeddingCosine",
    summary: "cosine of the embeddings of prediction and closest reference",
    range: [-1, 1],
    direction: "higher",
    needs: ["reference", "embedder"],
    grain: "corpus",
    score: async (rows, { embedder, signal }) => ({
      values: await embeddingCosines(...sides(rows), embedder!, { signal }),
      signature: `embeddingCosine|${embedder!.id}`,
    }),
  },
];
