import { ArgumentError } from "@loam/core";

/** What the distance of two values means. */
export type MeasurementLevel = "nominal" | "ordinal" | "interval" | "ratio";

/**
 * Krippendorff's alpha (Krippendorff 2011): agreement of any number of raters beyond chance; gaps are allowed. At most 1, higher is
 * better, 0 is chance. Equal to the package `krippendorff`.
 *
 * @param ratings one list per item with each rater's value, null where a rater left it out. Items with fewer than two values do
 *   not count.
 * @param level "nominal" compares as equal or not and takes texts; the others take numbers.
 * @throws {ArgumentError} when no item has two values, all values are one, or a level of numbers is given a text.
 */
export function krippendorffAlpha(
  ratings: readonly (readonly (string | number | null)[])[],
  { level = "nominal" }: { level?: MeasurementLevel } = {},
): number {
  const items = ratings.map((item) => item.filter((value) => value !== null)).filter((item) => item.length > 1) as (
    | string
    | number
  )[][];
  const values = [...new Set(items.flat())];
  if (level !== "nominal") {
    const text = values.find((value) => typeof value !== "number" || !Number.isFinite(value));
    if (text !== undefined) throw new ArgumentError("ratings", text, `numbers, which "${level}" measures`);
    (values as number[]).sort((a, b) => a - b);
  }
  if (values.length < 2)
    throw new ArgumentError(
      "ratings",
      `${values.length} different values`,
      "two at least among items with two ratings",
    );
  const place = new Map(values.map((value, i) => [value, i]));
  const V = values.length;
  const coincidences = Array.from({ length: V }, () => new Float64Array(V)); // [V, V], of pairs within items
  for (const item of items) {
    const weight = 1 / (item.length - 1);
    for (const [i, a] of item.entries())
      for (const [j, b] of item.entries()) if (i !== j) coincidences[place.get(a)!]![place.get(b)!]! += weight;
  }
  const totals = coincidences.map((row) => row.reduce((sum, count) => sum + count, 0));
  const all = totals.reduce((sum, count) => sum + count, 0);
  const distance = distanceOf(level, values, totals);
  let observed = 0;
  let expected = 0;
  for (let c = 0; c < V; c++) {
    for (let k = 0; k < V; k++) {
      const apart = distance(c, k);
      observed += coincidences[c]![k]! * apart;
      expected += totals[c]! * (totals[k]! - Number(c === k)) * apart;
    }
  }
  return 1 - (observed * (all - 1)) / expected;
}

function distanceOf(
  level: MeasurementLevel,
  values: readonly (string | number)[],
  totals: readonly number[],
): (c: number, k: number) => number {
  const number = (i: number) => values[i] as number;
  switch (level) {
    case "nominal":
      return (c, k) => Number(c !== k);
    case "interval":
      return (c, k) => (number(c) - number(k)) ** 2;
    case "ratio":
      return (c, k) => (c === k ? 0 : ((number(c) - number(k)) / (number(c) + number(k))) ** 2);
    case "ordinal":
      return (c, k) => {
        const [from, to] = [Math.min(c, k), Math.max(c, k)];
        const between = totals.slice(from, to + 1).reduce((sum, count) => sum + count, 0);
        return c === k ? 0 : (between - (totals[from]! + totals[to]!) / 2) ** 2;
      };
  }
}
