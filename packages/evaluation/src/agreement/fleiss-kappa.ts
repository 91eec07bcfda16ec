import { ArgumentError } from "@loam/core";

/**
 * Fleiss' kappa (Fleiss 1971): agreement of the same number of raters per item beyond chance. At most 1, higher is better, 0 is
 * chance. Equal to statsmodels' `fleiss_kappa`.
 *
 * @param ratings one list per item with each rater's label; raters need not be the same people.
 * @returns NaN where one label is given throughout.
 * @throws {ArgumentError} when the items have different numbers of raters, or fewer than two.
 */
export function fleissKappa(ratings: readonly (readonly string[])[]): number {
  const raters = ratings[0]?.length ?? 0;
  if (raters < 2) throw new ArgumentError("ratings[0]", raters, "the labels of two raters at least");
  const uneven = ratings.findIndex((item) => item.length !== raters);
  if (uneven >= 0)
    throw new ArgumentError(
      `ratings[${uneven}]`,
      `${ratings[uneven]!.length} labels`,
      `${raters}, as many as the first item has`,
      "`krippendorffAlpha` takes items that some raters left out",
    );
  const totals = new Map<string, number>();
  let agreement = 0;
  for (const item of ratings) {
    const counts = new Map<string, number>();
    for (const label of item) counts.set(label, (counts.get(label) ?? 0) + 1);
    let pairs = 0;
    for (const [label, count] of counts) {
      pairs += count * (count - 1);
      totals.set(label, (totals.get(label) ?? 0) + count);
    }
    agreement += pairs / (raters * (raters - 1));
  }
  const observed = agreement / ratings.length;
  const all = ratings.length * raters;
  const chance = [...totals.values()].reduce((sum, count) => sum + (count / all) ** 2, 0);
  return chance === 1 ? Number.NaN : (observed - chance) / (1 - chance);
}
