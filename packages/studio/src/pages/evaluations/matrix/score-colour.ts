/** The lowest and the highest score that a metric has in a run, and which of them is good. */
export interface ScoreScale {
  min: number;
  max: number;
  direction: "higher" | "lower" | "none";
}

/** From 0, the worst of the run, to 1, the best; undefined where there is no score, or nothing is good or bad. */
export function goodness(score: number | null, { min, max, direction }: ScoreScale): number | undefined {
  if (score === null || direction === "none") return undefined;
  const share = max > min ? Math.min(1, Math.max(0, (score - min) / (max - min))) : 1;
  return direction === "lower" ? 1 - share : share;
}

/** Blue for good, orange for bad, nothing in the middle: told apart by everyone, and text stays readable on both. */
export function scoreColour(good: number | undefined): string | undefined {
  if (good === undefined) return undefined;
  const strength = Math.round(Math.abs(good - 0.5) * 64);
  return `color-mix(in srgb, ${good >= 0.5 ? "#0072b2" : "#d55e00"} ${strength}%, transparent)`;
}
