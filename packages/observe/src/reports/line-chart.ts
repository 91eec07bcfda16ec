import type { Curve } from "../runs/curves.ts";

const width = 760;
const height = 300;
const margin = { left: 64, right: 16, top: 12, bottom: 36 };
/** Told apart by people who see colours differently too (Okabe & Ito 2008), in order of contrast. */
const colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#666666"];

/** Curves as SVG that needs nothing else: axes with numbers, a line each, its name on a legend below. */
export function lineChart(
  curves: readonly { label: string; points: Curve["points"] }[],
  { title, log = false }: { title?: string; log?: boolean } = {},
): string {
  const scaled = log ? (value: number) => Math.log10(value) : (value: number) => value;
  const usable = curves.map(({ label, points }) => ({
    label,
    points: points.filter(({ value }) => Number.isFinite(scaled(value))),
  }));
  const all = usable.flatMap(({ points }) => points);
  if (all.length === 0) return `<p class="empty">${escapeHtml(title ?? "Chart")}: there are no points.</p>`;
  const [x0, x1] = extent(all.map(({ step }) => step));
  const [y0, y1] = extent(all.map(({ value }) => scaled(value)));
  const px = (step: number) => margin.left + ((step - x0) / (x1 - x0)) * (width - margin.left - margin.right);
  const py = (value: number) =>
    height - margin.bottom - ((value - y0) / (y1 - y0)) * (height - margin.top - margin.bottom);
  const ticks = (low: number, high: number) => Array.from({ length: 5 }, (_, i) => low + ((high - low) * i) / 4);
  const parts = [
    ...ticks(y0, y1).map(
      (value) =>
        `<line x1="${margin.left}" x2="${width - margin.right}" y1="${round(py(value))}" y2="${round(py(value))}" class="grid"/>` +
        `<text x="${margin.left - 8}" y="${round(py(value) + 4)}" text-anchor="end">${shortNumber(log ? 10 ** value : value)}</text>`,
    ),
    ...ticks(x0, x1).map(
      (step) =>
        `<text x="${round(px(step))}" y="${height - margin.bottom + 18}" text-anchor="middle">${shortNumber(step)}</text>`,
    ),
    ...usable.map(({ points }, i) => {
      const line = points.map(({ step, value }) => `${round(px(step))},${round(py(scaled(value)))}`).join(" ");
      const colour = colours[i % colours.length];
      return points.length === 1
        ? `<circle cx="${line.split(",")[0]}" cy="${line.split(",")[1]}" r="3" fill="${colour}"/>`
        : `<polyline points="${line}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
    }),
  ];
  const label = escapeHtml(title ?? usable.map((curve) => curve.label).join(", "));
  const legend = usable.map(
    (curve, i) => `<li><span style="background:${colours[i % colours.length]}"></span>${escapeHtml(curve.label)}</li>`,
  );
  return `<figure>${title ? `<figcaption>${escapeHtml(title)}</figcaption>` : ""}<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${parts.join("")}</svg><ul class="legend">${legend.join("")}</ul></figure>`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** A number as it is read, not as it is stored. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-3)) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

function extent(values: readonly number[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

const round = (value: number) => Math.round(value * 10) / 10;
