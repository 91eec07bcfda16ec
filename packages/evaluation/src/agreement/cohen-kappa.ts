import { ArgumentError } from "@loam/core";

/** How far apart two labels are: all the same, by places in the order of labels, or by their square. */
export type KappaWeights = "none" | "linear" | "quadratic";

/**
 * Counts of [first rater's label, second rater's label], labels in the order given.
 *
 * @throws {ArgumentError} unless there is one label of each rater per item, and one item at least.
 */
function confusion(
  first: readonly string[],
  second: readonly string[],
  labels: readonly string[] = [...new Set([...first, ...second])].sort(),
): number[][] {
  if (first.length !== second.length || first.length === 0)
    throw new ArgumentError("second", `${second.length} labels`, `${first.length}, one per item, and one at least`);
  const place = new Map(labels.map((label, i) => [label, i]));
  const counts = labels.map(() => new Array<number>(labels.length).fill(0));
  first.forEach((label, i) => {
    const [row, column] = [place.get(label), place.get(second[i]!)];
    if (row !== undefined && column !== undefined) counts[row]![column]!++;
  });
  return counts;
}

const sum = (values: readonly number[]): number => values.reduce((total, x) => total + x, 0);

/**
 * Cohen's kappa (Cohen 1960, weighted: 1968): agreement of two raters beyond chance. In [-1, 1], higher is better, 0 is
 * chance; symmetric. Equal to scikit-learn's `cohen_kappa_score`.
 *
 * @param labels their order, which linear and quadratic weights go by; left out, sorted as text.
 * @returns NaN where both raters give one label throughout: agreement by chance is then certain.
 */
export function cohenKappa(
  first: readonly string[],
  second: readonly string[],
  { weights = "none", labels }: { weights?: KappaWeights; labels?: readonly string[] } = {},
): number {
  const counts = confusion(first, second, labels);
  const total = sum(counts.map(sum));
  const rows = counts.map(sum);
  const columns = counts.map((_, j) => sum(counts.map((row) => row[j]!)));
  const apart = (i: number, j: number): number =>
    weights === "none" ? Number(i !== j) : weights === "linear" ? Math.abs(i - j) : (i - j) ** 2;
  let observed = 0;
  let expected = 0;
  counts.forEach((row, i) => {
    row.forEach((count, j) => {
      observed += apart(i, j) * count;
      expected += (apart(i, j) * rows[i]! * columns[j]!) / total;
    });
  });
  return expected === 0 ? Number.NaN : 1 - observed / expected;
}

/**
 * Matthews' correlation of predicted and right labels, of any number of classes (Matthews 1975; Gorodkin 2004). In [-1, 1],
 * higher is better; symmetric; 0 where one side has one label throughout. Equal to scikit-learn's `matthews_corrcoef`.
 */
export function matthewsCorrelation(predictions: readonly string[], truths: readonly string[]): number {
  const counts = confusion(predictions, truths);
  const n = sum(counts.map(sum));
  const right = sum(counts.map((row, i) => row[i]!));
  const predicted = counts.map(sum);
  const actual = counts.map((_, j) => sum(counts.map((row) => row[j]!)));
  const together = sum(predicted.map((count, k) => count * actual[k]!));
  const spread = (totals: readonly number[]) => n ** 2 - sum(totals.map((count) => count ** 2));
  const denominator = Math.sqrt(spread(predicted) * spread(actual));
  return denominator === 0 ? 0 : (right * n - together) / denominator;
}
