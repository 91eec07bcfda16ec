/** A line of numbers as a small drawing, the first on the left; its colour is that of the text around it. */
export function Sparkline({
  values,
  label,
  width = 120,
  height = 30,
}: {
  values: readonly (number | null)[];
  label: string;
  width?: number;
  height?: number;
}) {
  const path = sparklinePath(values, { width, height });
  if (path === undefined) return null;
  return (
    <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={label}>
      <path d={`${path}L${width - 1} ${height}L1 ${height}Z`} fill="currentColor" opacity={0.12} />
      <path d={path} fill="none" stroke="currentColor" strokeWidth={1.6} strokeLinejoin="round" strokeLinecap="round" />
    </svg>
  );
}

/** The line as the `d` of an SVG path; undefined where there is nothing to draw. Values that are no number are left out. */
export function sparklinePath(
  values: readonly (number | null)[],
  { width, height }: { width: number; height: number },
): string | undefined {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return undefined;
  const low = Math.min(...known);
  const span = Math.max(...known) - low || 1;
  return values
    .flatMap((value, i) => {
      if (value === null) return [];
      const x = 1 + (i / (values.length - 1)) * (width - 2);
      const y = 2 + (1 - (value - low) / span) * (height - 4);
      return [`${x.toFixed(1)} ${y.toFixed(1)}`];
    })
    .map((point, i) => `${i === 0 ? "M" : "L"}${point}`)
    .join("");
}
