import type { EvaluationJson, EvaluationSummaryJson } from "@loam/server";

type Result = EvaluationJson["results"][number];
export type MetricResult = Result["metrics"][number];

/** As the reports write it: four decimals, two for scores in percent. */
export const showValue = (value: number | null): string =>
  value === null ? "–" : Math.abs(value) >= 10 ? value.toFixed(2) : value.toFixed(4);

/** With its sign, a true minus. */
export const showSigned = (value: number): string => `${value < 0 ? "−" : "+"}${showValue(Math.abs(value))}`;

export const showP = (p: number): string => (p < 0.001 ? "<0.001" : p.toFixed(3));

/** The system that is best by the first metric that has a direction. */
export function bestOf({
  systems,
  metrics,
}: Pick<EvaluationSummaryJson, "systems" | "metrics">): { system: string; metric: string; value: number } | undefined {
  for (const [m, metric] of metrics.entries()) {
    const scored = systems.flatMap((system) => {
      const { value, direction } = system.metrics?.[m] ?? { value: null, direction: "none" as const };
      return value === null || direction === "none" ? [] : [{ system: system.system, metric, value, direction }];
    });
    const [first, ...others] = scored;
    if (!first) continue;
    const { direction: _, ...best } = others.reduce(
      (a, b) => (a.direction === "lower" ? (b.value < a.value ? b : a) : b.value > a.value ? b : a),
      first,
    );
    return best;
  }
  return undefined;
}

/** One metric over all systems, as bars: places in per cent of the scale. */
export interface MetricBars {
  metric: string;
  direction: MetricResult["direction"];
  /** Where the scale begins and ends. */
  scale: readonly [low: number, high: number];
  bars: {
    system: string;
    value: number | null;
    interval: MetricResult["interval"];
    widthPercent: number;
    intervalPercent: readonly [from: number, to: number] | undefined;
    spread: readonly [min: number, q1: number, median: number, q3: number, max: number] | undefined;
    isBest: boolean;
  }[];
}

/** A scale from 0 (or the lowest row) to the largest number that is drawn, so that systems can be told apart. */
export function toMetricBars(results: readonly Result[]): MetricBars[] {
  const metrics = results[0]?.metrics ?? [];
  return metrics.map(({ metric, direction }, m) => {
    const all = results.map((result) => ({ system: result.system, ...result.metrics[m]! }));
    const drawn = all.flatMap(({ value, interval, spread }) => [
      ...(value === null ? [] : [value]),
      ...(interval ? [interval.low, interval.high] : []),
      ...(spread ? [spread.min, spread.max] : []),
    ]);
    const low = Math.min(0, ...drawn);
    const high = Math.max(low + 1e-9, ...drawn);
    const percent = (value: number): number => (100 * (value - low)) / (high - low);
    const values = all.flatMap(({ value }) => value ?? []);
    const best = direction === "lower" ? Math.min(...values) : Math.max(...values);
    return {
      metric,
      direction,
      scale: [low, high] as const,
      bars: all.map(({ system, value, interval, spread }) => ({
        system,
        value,
        interval,
        widthPercent: value === null ? 0 : percent(value),
        intervalPercent: interval && ([percent(interval.low), percent(interval.high)] as const),
        spread:
          spread === null
            ? undefined
            : ([spread.min, spread.q1, spread.median, spread.q3, spread.max].map(percent) as [
                number,
                number,
                number,
                number,
                number,
              ]),
        isBest: direction !== "none" && value !== null && value === best,
      })),
    };
  });
}
