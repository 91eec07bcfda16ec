import type { SeriesJson } from "@loam/server";
import type { Curve } from "./curve-chart.tsx";

type Points = SeriesJson[string];

/** A moving mean that follows the curve: the later a point, the more it counts. Points that are no number are left out. */
export function smoothed(points: Points, weight = 0.9): [number, number | null][] {
  let mean = 0;
  let seen = 0;
  return points.map(([step, value]) => {
    if (value === null) return [step, null];
    mean = weight * mean + (1 - weight) * value;
    seen++;
    return [step, mean / (1 - weight ** seen)]; // without this the start leans towards zero
  });
}

/** Points over steps. */
export const overSteps = (points: Points): [number, number | null][] => points.map(([step, value]) => [step, value]);

/** Points over the seconds since the first. */
export function overTime(points: Points): [number, number | null][] {
  const start = points[0]?.[2] ?? 0;
  return points.map(([, value, timeMs]) => [(timeMs - start) / 1000, value]);
}

/** The curves of a run's losses: a long one faintly behind its own mean. */
export function lossCurves(
  series: SeriesJson,
  { smooth, names }: { smooth: boolean; names: { train: string; eval: string } },
): Curve[] {
  const train = series["train/loss"] ?? [];
  const evaluated = series["eval/loss"] ?? [];
  const color = "--mantine-color-moss-5";
  const curves: Curve[] = smooth
    ? [
        { name: names.train, points: overSteps(train), color, faint: true },
        { name: names.train, points: smoothed(train), color },
      ]
    : [{ name: names.train, points: overSteps(train), color, marked: train.length < 3 }];
  if (evaluated.length > 0)
    curves.push({ name: names.eval, points: overSteps(evaluated), color: "--mantine-color-clay-4", marked: true });
  return curves;
}

/** First and last number of a curve, undefined where it has none. */
export function endsOf(points: Points | undefined): { first: number; last: number; steps: number } | undefined {
  const known = points?.filter(([, value]) => value !== null) ?? [];
  if (known.length === 0) return undefined;
  return { first: known[0]![1]!, last: known.at(-1)![1]!, steps: known.at(-1)![0] };
}
