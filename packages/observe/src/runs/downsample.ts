/** A point of a curve. */
export interface Point {
  step: number;
  value: number;
  /** Milliseconds since 1970. */
  timeMs: number;
}

/**
 * At most `count` points that draw nearly the same curve: the first, the last, and of each stretch between them the one
 * that spans the largest triangle with its neighbours, so that peaks stay (Steinarsson 2013, "largest triangle three
 * buckets"). Points that are no number are always kept: they are what one looks for.
 */
export function downsample(points: readonly Point[], count: number): Point[] {
  if (points.length <= count || count < 3) return [...points];
  const kept: Point[] = [points[0]!];
  const width = (points.length - 2) / (count - 2);
  for (let bucket = 0; bucket < count - 2; bucket++) {
    const from = Math.floor(bucket * width) + 1;
    const to = Math.floor((bucket + 1) * width) + 1;
    const next = points.slice(to, Math.min(Math.floor((bucket + 2) * width) + 1, points.length));
    const meanStep = mean(next.map(({ step }) => step));
    const meanValue = mean(next.map(({ value }) => value));
    const before = kept.at(-1)!;
    let best = points[from]!;
    let largest = -1;
    for (let i = from; i < to; i++) {
      const point = points[i]!;
      const area = Math.abs(
        (before.step - meanStep) * (point.value - before.value) -
          (before.step - point.step) * (meanValue - before.value),
      );
      if (area > largest) [largest, best] = [area, point];
    }
    for (let i = from; i < to; i++) if (points[i] === best || !Number.isFinite(points[i]!.value)) kept.push(points[i]!);
  }
  return [...kept, points.at(-1)!];
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
