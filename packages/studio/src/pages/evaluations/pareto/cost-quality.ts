import { paretoFront } from "../../experiments/charts/curves.ts";

/** What a system costs and how good it is by one metric. */
interface MeasuredSystem {
  system: string;
  costUsd: number | null;
  meanMs: number;
  metrics: readonly { metric: string; value: number | null; direction: "higher" | "lower" | "none" }[];
}

export interface QualityPoint {
  name: string;
  x: number;
  y: number;
}

/** Systems as points over cost (or time) and quality, those that nothing beats in both, and those whose cost is unknown. */
export function costQuality(
  results: readonly MeasuredSystem[],
  { metric, by }: { metric: string; by: "cost" | "time" },
): { points: QualityPoint[]; front: QualityPoint[]; unpriced: string[] } {
  const points: QualityPoint[] = [];
  const unpriced: string[] = [];
  let direction: MeasuredSystem["metrics"][number]["direction"] = "higher";
  for (const { system, costUsd, meanMs, metrics } of results) {
    const scored = metrics.find((one) => one.metric === metric);
    if (!scored || scored.value === null) continue;
    direction = scored.direction;
    const x = by === "time" ? meanMs : costUsd;
    if (x === null) unpriced.push(system);
    else points.push({ name: system, x, y: scored.value });
  }
  return { points, front: paretoFront(points, { x: "low", y: direction === "lower" ? "low" : "high" }), unpriced };
}
