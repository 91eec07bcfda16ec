import { type Dimension, isActive, type Params } from "./space.ts";

/** Every combination once; the last parameter turns fastest. Combinations that differ only in what is not there are one. */
export function* gridOf(dimensions: readonly Dimension[]): Generator<Params> {
  const seen = new Set<string>();
  const axes = dimensions.map(valuesOf);
  const at = axes.map(() => 0);
  for (;;) {
    const params: Params = {};
    for (const [d, dimension] of dimensions.entries())
      if (isActive(dimension, params)) params[dimension.name] = axes[d]![at[d]!];
    const key = JSON.stringify(params);
    if (!seen.has(key)) {
      seen.add(key);
      yield params;
    }
    let d = axes.length - 1;
    while (d >= 0 && ++at[d]! >= axes[d]!.length) at[d--] = 0;
    if (d < 0) return;
  }
}

/** The first combination that no trial has; undefined when all are taken. */
export function nextOfGrid(dimensions: readonly Dimension[], taken: readonly Params[]): Params | undefined {
  const keys = new Set(taken.map((params) => JSON.stringify(sorted(params))));
  for (const params of gridOf(dimensions)) if (!keys.has(JSON.stringify(sorted(params)))) return params;
  return undefined;
}

function sorted(params: Params): [string, unknown][] {
  return Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
}

function valuesOf(dimension: Dimension): unknown[] {
  if (dimension.kind === "categorical") return [...dimension.choices];
  if (dimension.kind === "normal") return [dimension.mu];
  const step = dimension.step ?? 1;
  const count = Math.floor((dimension.high - dimension.low) / step + 1e-9) + 1;
  return Array.from({ length: Math.min(count, 100_000) }, (_, i) => Number((dimension.low + i * step).toPrecision(12)));
}
