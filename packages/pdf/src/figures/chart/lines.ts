import type { Box } from "../../document.ts";
import type { Mark } from "../../pdf/graphics.ts";
import type { ReadParts } from "./bars.ts";
import { type ChartLabel, findScale, middle, type Scale } from "./scale.ts";
import { TableBuilder } from "./table.ts";
import { agrees, readValue, roughly } from "./value.ts";

/** A line with more corners than this is read at the labels of its axis. */
const mostCorners = 40;

/** The values of a line chart: strokes with three or more corners, read at each corner against both axes. */
export function readLines<Label extends ChartLabel>(
  marks: readonly Mark[],
  labels: readonly Label[],
  { legend, region }: { legend: ReadonlyMap<string, Label>; region: Box },
): ReadParts<Label> | undefined {
  const lines = marks.filter(
    ({ box, fill, stroke, points, curved, rectangle }) =>
      stroke !== undefined &&
      !fill &&
      !curved &&
      !rectangle &&
      points.length >= 3 &&
      box[2] - box[0] > 0.25 * (region[2] - region[0]) &&
      isFunction(points),
  );
  if (lines.length === 0 || lines.length > 12) return undefined;
  const legendLabels = new Set(legend.values());
  const free = labels.filter((label) => !legendLabels.has(label));
  const scale = findScale(free, 1);
  const isOnScale = new Set(scale?.labels);
  const bottom = Math.max(...lines.map(({ box }) => box[3]));
  const under = free.filter((label) => middle(label.box, 1) > bottom - 2 && !isOnScale.has(label));
  const ticks = lineOf(under);
  if (ticks.length < 2) return undefined;
  const isTick = new Set(ticks);
  const printed = free.filter(
    (label) => !isOnScale.has(label) && !isTick.has(label) && readValue(label.text) !== undefined,
  );
  if (!scale && printed.length === 0) return undefined;
  const along = findScale(ticks, 0);
  const spacing = closest(ticks);
  const table = new TableBuilder();
  const used = new Set<Label>([...ticks, ...legendLabels, ...(scale?.labels ?? [])]);
  const corners = lines.flatMap(({ points, stroke }, i) => {
    const series = legend.get(stroke!)?.text ?? endLabel(points, free)?.text ?? (lines.length > 1 ? `(${i + 1})` : "");
    const places =
      points.length <= mostCorners
        ? points
        : ticks.flatMap((tick) => {
            const point = pointAt(points, middle(tick.box, 0));
            return point ? [point] : [];
          });
    return places.flatMap(([x, y]) => {
      const tick = ticks.find(({ box }) => Math.abs(middle(box, 0) - x) < 0.2 * spacing);
      const category = tick?.text ?? (along && !along.logarithmic ? roughly(along.valueAt(x), along) : undefined);
      return category === undefined ? [] : [{ x, y, series, category }];
    });
  });
  const values = printedAt(corners, printed, scale);
  for (const corner of corners) {
    const label = values.get(corner);
    if (label) used.add(label);
    if (label || scale)
      table.set(corner.category, corner.series, label?.text ?? roughly(scale!.valueAt(corner.y), scale!));
  }
  if (table.count < 3) return undefined;
  return { table: table.build(), used };
}

/** Goes from left to right, or from right to left, without turning back. */
function isFunction(points: Mark["points"]): boolean {
  const steps = points.slice(1).map(([x], i) => x - points[i]![0]);
  return steps.every((step) => step > -0.1) || steps.every((step) => step < 0.1);
}

/** The first line of labels. */
function lineOf<Label extends ChartLabel>(labels: readonly Label[]): Label[] {
  const sorted = [...labels].sort((a, b) => middle(a.box, 1) - middle(b.box, 1));
  let best: Label[] = [];
  // Turned labels hang from one line.
  for (const edgeOf of [(box: Box) => middle(box, 1), (box: Box) => box[1]])
    for (const first of sorted) {
      const line = labels.filter(({ box }) => Math.abs(edgeOf(box) - edgeOf(first.box)) < 3);
      if (line.length < 2) continue;
      if (line.length > best.length) best = line;
      break;
    }
  return best.sort((a, b) => a.box[0] - b.box[0]);
}

function closest(ticks: readonly ChartLabel[]): number {
  const gaps = ticks.slice(1).map(({ box }, i) => middle(box, 0) - middle(ticks[i]!.box, 0));
  return Math.min(...gaps);
}

function pointAt(points: Mark["points"], x: number): [number, number] | undefined {
  for (const [i, [x1, y1]] of points.entries()) {
    const [x0, y0] = points[i - 1] ?? [x1, y1];
    if (i === 0 || (x - x0) * (x - x1) > 0) continue;
    return [x, x1 === x0 ? y1 : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0)];
  }
  return undefined;
}

/** A word right of the line's last point names it. */
function endLabel<Label extends ChartLabel>(points: Mark["points"], labels: readonly Label[]): Label | undefined {
  const [x, y] = points.reduce((last, point) => (point[0] > last[0] ? point : last));
  return labels.find(({ box, text }) => {
    const size = box[3] - box[1];
    return /\p{L}/u.test(text) && box[0] > x - 1 && box[0] - x < 2 * size && Math.abs(middle(box, 1) - y) < size;
  });
}

interface Corner {
  x: number;
  y: number;
}

/** Which number is printed for which corner: the nearest pairs first, each number once, none that the scale denies. */
function printedAt<At extends Corner, Label extends ChartLabel>(
  corners: readonly At[],
  printed: readonly Label[],
  scale: Scale<Label> | undefined,
): Map<At, Label> {
  const pairs = corners.flatMap((corner) =>
    printed.flatMap((label) => {
      const [dx, dy] = [middle(label.box, 0) - corner.x, middle(label.box, 1) - corner.y];
      const size = label.box[3] - label.box[1];
      const isNear = Math.abs(dx) < 1.5 * size && Math.abs(dy) < 2.5 * size;
      return isNear && (!scale || agrees(label.text, scale.valueAt(corner.y), scale))
        ? [{ corner, label, distance: Math.hypot(dx, dy) }]
        : [];
    }),
  );
  pairs.sort((a, b) => a.distance - b.distance);
  const found = new Map<At, Label>();
  const taken = new Set<Label>();
  for (const { corner, label } of pairs) {
    if (found.has(corner) || taken.has(label)) continue;
    found.set(corner, label);
    taken.add(label);
  }
  return found;
}
