import { BertScorer } from "../bertscore/bert-scorer.ts";
import { embeddingCosines } from "../similarity/embedding-cosine.ts";
import { mauve } from "../similarity/mauve.ts";
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
  {
    name: "mauve",
    summary:
      "MAUVE (Pillutla et al. 2021): how alike all predictions and all references are spread, by their embeddings",
    range: [0, 1],
    direction: "higher",
    needs: ["reference", "embedder"],
    grain: "corpus",
    async score(rows, { embedder, signal }) {
      const [predictions, references] = sides(rows);
      const people = references.flat().filter((text) => text.trim() !== "");
      const model = predictions.filter((text) => text.trim() !== "");
      const signature = `mauve|${embedder!.id}|k-means`;
      if (Math.min(people.length, model.length) < 2)
        return { values: rows.map(() => null), value: null, signature, notes: ["fewer than two texts on a side"] };
      const vectors = await embedder!.embed([...people, ...model], { signal });
      const { mauve: value, clusters } = mauve(vectors.slice(0, people.length), vectors.slice(people.length), {
        signal,
      });
      const few =
        rows.length < 100 ? ["fewer than 100 rows: the score depends on the clusters more than on the texts"] : [];
      // It is a score of all texts together; no row has one.
      return { values: rows.map(() => null), value, signature: `${signature}:${clusters}`, notes: few };
    },
  },
];
