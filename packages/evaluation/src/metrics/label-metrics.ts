import { ArgumentError } from "@loam/core";
import { cohenKappa, matthewsCorrelation } from "../agreement/cohen-kappa.ts";
import { calibration } from "../classification/calibration.ts";
import { classification } from "../classification/classification.ts";
import { passAtK } from "../samples/pass-at-k.ts";
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

/**
 * pass@k of rows that share a question and are samples for it; a sample is right when it equals a reference. The score is the mean
 * over questions.
 */
export function passMetric(k: number): Metric {
  return {
    ...base,
    name: `pass@${k}`,
    summary: `chance that one of ${k} samples for a question is right (Chen et al. 2021); rows with one question are its samples`,
    needs: ["question", "reference"],
    score(rows) {
      const samples = new Map<string, { all: number; right: number }>();
      for (const row of rows) {
        const held = samples.get(row.question!) ?? { all: 0, right: 0 };
        samples.set(row.question!, { all: held.all + 1, right: held.right + right(row) });
      }
      const short = [...samples].find(([, { all }]) => all < k);
      if (short)
        throw new ArgumentError(
          "rows",
          `${short[1].all} with the question ${JSON.stringify(short[0].slice(0, 40))}`,
          `${k} at least, as pass@${k} counts`,
          `draw more samples, or take pass@${short[1].all}`,
        );
      const chances = new Map([...samples].map(([question, { all, right }]) => [question, passAtK(all, right, k)]));
      return {
        values: rows.map((row) => chances.get(row.question!)!),
        value: [...chances.values()].reduce((sum, chance) => sum + chance, 0) / chances.size,
        signature: `pass@${k}|questions:${chances.size}`,
      };
    },
  };
}

export const labelMetrics: Metric[] = [
  passMetric(1),
  ...(["cohenKappa", "matthews"] as const).map(
    (name): Metric => ({
      ...base,
      range: [-1, 1],
      name,
      summary:
        name === "cohenKappa"
          ? "agreement with the reference's label beyond chance (Cohen 1960)"
          : "correlation with the reference's label, of any number of classes (Matthews 1975)",
      needs: ["reference"],
      score(rows) {
        const labels = labelsOf(rows);
        const value = name === "cohenKappa" ? cohenKappa(...labels) : matthewsCorrelation(...labels);
        const certain = Number.isNaN(value);
        return {
          values: rows.map(right),
          value: certain ? null : value,
          signature: name,
          notes: certain ? ["both sides have one label throughout: there is no chance to agree beyond"] : [],
        };
      },
    }),
  ),
  {
    ...base,
    name: "calibrationError",
    direction: "lower",
    summary:
      "expected calibration error: how far confidence is from being right that often, in ten bins (Guo et al. 2017)",
    needs: ["reference", "confidence"],
    score(rows) {
      const { error } = calibration(
        rows.map((row) => row.confidence!),
        rows.map((row) => right(row) === 1),
      );
      return {
        values: rows.map((row) => Math.abs(row.confidence! - right(row))),
        value: error,
        signature: "calibrationError|bins:10",
      };
    },
  },
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
