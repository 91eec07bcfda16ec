import type { Mark } from "../../pdf/graphics.ts";
import type { ReadParts } from "./bars.ts";
import { type ChartLabel, findScale, middle } from "./scale.ts";
import { TableBuilder } from "./table.ts";
import { roughly } from "./value.ts";

/** A point is drawn no larger than this (points). */
const largestPoint = 14;
/** More points than this are a cloud, of which single values say nothing. */
const mostPoints = 150;

/** The values of a scatter chart: small marks of one size, read at their middle against both axes. */
export function readScatter<Label extends ChartLabel>(
  marks: readonly Mark[],
  labels: readonly Label[],
  { legend }: { legend: ReadonlyMap<string, Label> },
): ReadParts<Label> | undefined {
  const legendLabels = new Set(legend.values());
  const free = labels.filter((label) => !legendLabels.has(label));
  const up = findScale(free, 1);
  const onUp = new Set(up?.labels);
  const along = findScale(
    free.filter((label) => !onUp.has(label)),
    0,
  );
  if (!up || !along) return undefined;
  const small = marks.filter(({ box, fill, stroke }) => {
    const [w, h] = [box[2] - box[0], box[3] - box[1]];
    return (fill ?? stroke) !== undefined && w > 1.5 && h > 1.5 && w < largestPoint && h < 1.4 * w && w < 1.4 * h;
  });
  const sizes = small.map(({ box }) => box[2] - box[0]);
  const common = sizes.reduce(
    (best, size) => {
      const count = sizes.filter((other) => Math.abs(other - size) < 0.3).length;
      return count > best.count ? { size, count } : best;
    },
    { size: 0, count: 0 },
  );
  // A mark that is filled and stroked in turn is one point.
  const seen = new Set<string>();
  const points = small.flatMap(({ box, fill, stroke }) => {
    if (Math.abs(box[2] - box[0] - common.size) > 1) return [];
    const [x, y] = [middle(box, 0), middle(box, 1)];
    const isKey = [...legendLabels].some(
      (label) => Math.abs(middle(label.box, 1) - y) < 6 && label.box[0] > x && label.box[0] - x < 40,
    );
    const key = `${Math.round(x)} ${Math.round(y)}`;
    if (isKey || seen.has(key)) return [];
    seen.add(key);
    return [{ x, y, colour: fill ?? stroke! }];
  });
  if (points.length < 4 || points.length > mostPoints) return undefined;
  const colours = [...new Set(points.map(({ colour }) => colour))];
  const table = new TableBuilder();
  for (const { x, y, colour } of points.sort((a, b) => a.x - b.x)) {
    const series = legend.get(colour)?.text ?? (colours.length > 1 ? `(${colours.indexOf(colour) + 1})` : "");
    const tick = along.labels.find(({ box }) => Math.abs(middle(box, 0) - x) < 1.5);
    table.set(tick?.text ?? roughly(along.valueAt(x), along), series, roughly(up.valueAt(y), up));
  }
  if (table.count < 4) return undefined;
  return { table: table.build(), used: new Set([...up.labels, ...along.labels, ...legendLabels]) };
}
