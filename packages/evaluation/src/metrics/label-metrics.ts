import { classification } from "../classification/classification.ts";
import { jsonSchemaChecker } from "../structure/json-schema.ts";
import type { Metric, ScoreRow } from "./metric.ts";

const base = { range: [0, 1], direction: "higher", grain: "corpus" } as const;

const right = (row: ScoreRow): 0 | 1 =>
  row.references.some((label) => label.trim() === row.prediction.trim()) ? 1 : 0;

/** Predictions and truths; of several right labels, the predicted one if it is among them. */
function labelsOf(rows: readonly ScoreRow[]): [string[], string[]] {
  const predictions = rows.map((row) => row.prediction.trim());
  return [predictions, rows.map((row, i) => (right(row) ? predictions[i]! : row.references[0]!.trim()))];
}

export const labelMetrics: Metric[] = [
  {
    ...base,
    name: "accuracy",
    summary: "share of predictions that equal a reference, white space around them aside",
    needs: ["reference"],
    score: (rows) => ({ values: rows.map(right), signature: "accuracy" }),
  },
  ...(["macroF1", "microF1"] as const).map(
    (name): Metric => ({
      ...base,
      name,
      summary: name === "macroF1" ? "mean F1 of the labels, each counting the same" : "F1 of the labels' pooled counts",
      needs: ["reference"],
      score: (rows) => ({ values: rows.map(right), value: classification(...labelsOf(rows))[name], signature: name }),
    }),
  ),
  {
    ...base,
    name: "jsonSchema",
    summary: "1 where the prediction is JSON that the schema allows",
    needs: ["jsonSchema"],
    score(rows, { jsonSchema }) {
      const check = jsonSchemaChecker(jsonSchema!);
      const verdicts = rows.map((row) => check(row.prediction));
      return {
        values: verdicts.map(({ valid }) => Number(valid)),
        details: verdicts,
        signature: "jsonSchema|draft:2020-12",
      };
    },
  },
];
