import { ArgumentError } from "@loam/core";
import { type PrfScore, prf } from "../scores/prf.ts";

export interface ClassificationScore {
  /** Share of rows whose label is right. */
  accuracy: number;
  /** Mean of the labels' F1, each label counting the same, as scikit-learn's `average="macro"`. */
  macroF1: number;
  /** F1 of pooled counts; where each row has one label, it equals the accuracy. */
  microF1: number;
  /** By label, those of predictions included. `support` is how often it is the right one. */
  labels: Record<string, PrfScore & { support: number }>;
}

/**
 * Accuracy, macro and micro F1 of predicted labels, one per row, compared as they are. In [0, 1], higher is better.
 *
 * @param labels counts these only, as `labels` of scikit-learn does for F1; left out, every label that occurs.
 * @throws {ArgumentError} unless there is one truth per prediction, and one at least.
 */
export function classification(
  predictions: readonly string[],
  truths: readonly string[],
  { labels }: { labels?: readonly string[] } = {},
): ClassificationScore {
  if (predictions.length !== truths.length || truths.length === 0) {
    throw new ArgumentError(
      "truths",
      `${truths.length} labels`,
      `${predictions.length}, one per prediction, and one at least`,
    );
  }
  const names = labels ?? [...new Set([...truths, ...predictions])].sort();
  const byLabel: ClassificationScore["labels"] = {};
  let [hits, predicted, support] = [0, 0, 0];
  for (const name of names) {
    const right = predictions.filter((label, i) => label === name && truths[i] === name).length;
    const claimed = predictions.filter((label) => label === name).length;
    const actual = truths.filter((label) => label === name).length;
    byLabel[name] = { ...prf(right, claimed, actual), support: actual };
    hits += right;
    predicted += claimed;
    support += actual;
  }
  return {
    accuracy: predictions.filter((label, i) => label === truths[i]).length / truths.length,
    macroF1: Object.values(byLabel).reduce((sum, { f }) => sum + f, 0) / Math.max(names.length, 1),
    microF1: prf(hits, predicted, support).f,
    labels: byLabel,
  };
}
