import type { Box } from "../../document.ts";
import type { Mark } from "../../pdf/graphics.ts";
import { type ChartLabel, findScale, middle } from "./scale.ts";
import { type ChartTable, TableBuilder } from "./table.ts";
import { agrees, readValue, roughly } from "./value.ts";

/** What was read of a chart, and the labels that it was read from. */
export interface ReadParts<Label extends ChartLabel> {
  table: ChartTable;
  used: ReadonlySet<Label>;
}

/** Bars begin on one line to within this (points). */
const baseTolerance = 1.2;

/**
 * The values of a bar chart: filled rectangles that stand on one line or on each other, as long as the scale beside them
 * says or as is printed at their ends, named by the labels under them and their colours by the legend.
 *
 * @param along 1 for standing bars, 0 for lying ones.
 */
export function readBars<Label extends ChartLabel>(
  marks: readonly Mark[],
  labels: readonly Label[],
  { along, legend, region }: { along: 0 | 1; legend: ReadonlyMap<string, Label>; region: Box },
): ReadParts<Label> | undefined {
  const across = along === 1 ? 0 : 1;
  const legendLabels = new Set(legend.values());
  const bars = barsOf(marks, { along, across, region });
  if (bars.length < 2) return undefined;
  const base = baseOf(bars, along);
  if (base === undefined) return undefined;
  const free = labels.filter((label) => !legendLabels.has(label));
  const scale = findScale(free, along);
  const isOnScale = new Set(scale?.labels);
  const names = free.filter((label) => !isOnScale.has(label));
  const categories = categoryLabels(names, bars, { along, across, base });
  if (categories.length < 2) return undefined;
  const isCategory = new Set(categories);
  const values = names.filter((label) => !isCategory.has(label) && readValue(label.text) !== undefined);

  const onBase = (at: number) => Math.abs(at - base) < baseTolerance;
  const colours = [...new Set(bars.map(({ colour }) => colour))];
  const isGrouped = bars.length > categories.length && colours.length > 1;
  const seriesOf = ({ colour }: Bar): string =>
    legend.get(colour)?.text ?? (isGrouped ? `(${colours.indexOf(colour) + 1})` : "");
  // As many labels as places: each belongs to its place, however it is turned.
  const places = placesOf(bars, { across, isGrouped, categories: categories.length });
  const inOrder = [...categories].sort((a, b) => middle(a.box, across) - middle(b.box, across));
  const categoryOf = (at: number): Label =>
    places.length === inOrder.length
      ? inOrder[
          places.indexOf(places.reduce((best, place) => (Math.abs(place - at) < Math.abs(best - at) ? place : best)))
        ]!
      : nearest(categories, at, across);
  const table = new TableBuilder();
  const used = new Set<Label>([...categories, ...legendLabels, ...(scale?.labels ?? [])]);
  for (const bar of bars) {
    const category = categoryOf(middle(bar.box, across));
    const [low, high] = [bar.box[along], bar.box[along + 2]!];
    const stands = onBase(low) || onBase(high);
    const far = Math.abs(low - base) > Math.abs(high - base) ? low : high;
    // A bar on another is as long as its value; one on the base ends at it, be the axis cut or not.
    const number =
      scale && (stands || scale.logarithmic ? scale.valueAt(far) : Math.abs(scale.valueAt(high) - scale.valueAt(low)));
    const printed = values.find(
      (label) =>
        isAtEnd(label.box, bar.box, { along, across, far, base }) && (!scale || agrees(label.text, number!, scale)),
    );
    if (printed) used.add(printed);
    const value = printed?.text ?? (scale && roughly(number!, scale));
    if (value !== undefined) table.set(category.text, seriesOf(bar), value);
  }
  if (table.count < 2) return undefined;
  return { table: table.build(), used };
}

interface Bar {
  box: Box;
  colour: string;
}

/** Filled rectangles without panels, grid bands and the keys of legends. */
function barsOf(
  marks: readonly Mark[],
  { along, across, region }: { along: 0 | 1; across: 0 | 1; region: Box },
): Bar[] {
  const length = region[along + 2]! - region[along];
  const breadth = region[across + 2]! - region[across];
  const found = marks.flatMap(({ box, fill, rectangle }): Bar[] => {
    if (!fill || !rectangle) return [];
    const [l, b] = [box[along + 2]! - box[along], box[across + 2]! - box[across]];
    if (b < 1 || b > 0.45 * breadth || l > length) return [];
    return [{ box, colour: fill }];
  });
  // Bars are equally broad; the most common breadth tells them from everything else.
  const breadths = found.map(({ box }) => box[across + 2]! - box[across]);
  const common = mostCommon(breadths, 0.6);
  if (common === undefined) return [];
  const bars = found.filter((_, i) => Math.abs(breadths[i]! - common) < 0.6);
  // Squares of one size are the marks of a line.
  const isSquare = ({ box }: Bar) => Math.abs(box[along + 2]! - box[along] - common) < 0.6 && common < 14;
  return bars.filter(isSquare).length > 0.7 * bars.length ? [] : bars;
}

function mostCommon(values: readonly number[], tolerance: number): number | undefined {
  let best: { value: number; count: number } | undefined;
  for (const value of values) {
    const count = values.filter((other) => Math.abs(other - value) < tolerance).length;
    if (!best || count > best.count) best = { value, count };
  }
  return best && best.count >= 2 ? best.value : undefined;
}

/** The line on which bars stand at most places; of two, the one with the bars on one side, as they are stacked. */
function baseOf(bars: readonly Bar[], along: 0 | 1): number | undefined {
  const across = along === 1 ? 0 : 1;
  let best: { at: number; count: number; beyond: number } | undefined;
  for (const at of bars.flatMap(({ box }) => [box[along + 2]!, box[along]])) {
    const standing = bars.filter(({ box }) =>
      [box[along], box[along + 2]!].some((end) => Math.abs(end - at) < baseTolerance),
    );
    const count = new Set(standing.map(({ box }) => Math.round(middle(box, across)))).size;
    const under = bars.filter(({ box }) => middle(box, along) > at).length;
    const beyond = Math.min(under, bars.length - under);
    if (!best || count > best.count || (count === best.count && beyond < best.beyond)) best = { at, count, beyond };
  }
  return best && best.count >= 2 ? best.at : undefined;
}

/** Labels beside the base line or beyond the ends of the bars, one for each place where bars stand. */
function categoryLabels<Label extends ChartLabel>(
  labels: readonly Label[],
  bars: readonly Bar[],
  { along, across, base }: { along: 0 | 1; across: 0 | 1; base: number },
): Label[] {
  const low = Math.min(base, ...bars.map(({ box }) => box[along]));
  const high = Math.max(base, ...bars.map(({ box }) => box[along + 2]!));
  // Under standing bars, left of lying ones; above or right of them only where nothing stands there.
  const sides = [
    labels.filter(({ box }) => (along === 1 ? box[1] > high - 2 : box[2] < low + 2)),
    labels.filter(({ box }) => (along === 1 ? box[3] < low + 2 : box[0] > high - 2)),
  ];
  const breadth = bars[0]!.box[across + 2]! - bars[0]!.box[across];
  const span = [Math.min(...bars.map(({ box }) => box[across])), Math.max(...bars.map(({ box }) => box[across + 2]!))];
  for (const side of sides) {
    const inReach = side.filter(
      ({ box }) => middle(box, across) > span[0]! - breadth && middle(box, across) < span[1]! + breadth,
    );
    // Turned labels hang from one line or stand on one.
    const edgesOf: ((box: Box) => number)[] =
      along === 1 ? [(box) => middle(box, 1), (box) => box[1], (box) => box[3]] : [(box) => box[2], (box) => box[0]];
    let best: Label[] = [];
    for (const edgeOf of edgesOf) {
      const edges = inReach.map(({ box }) => edgeOf(box));
      // The line of labels next to the bars.
      for (const edge of [...edges].sort((a, b) => Math.abs(a - base) - Math.abs(b - base))) {
        const line = inReach.filter((_, i) => Math.abs(edges[i]! - edge) < 3);
        if (line.length < 2) continue;
        if (line.length > best.length) best = line;
        break;
      }
    }
    if (best.length >= 2) return best;
  }
  return [];
}

/** The middles of the places where bars stand; bars of a group stand beside each other at one. */
function placesOf(
  bars: readonly Bar[],
  { across, isGrouped, categories }: { across: 0 | 1; isGrouped: boolean; categories: number },
): number[] {
  const middles = [...new Set(bars.map(({ box }) => Math.round(2 * middle(box, across)) / 2))].sort((a, b) => a - b);
  const distinct = middles.filter((at, i) => i === 0 || at - middles[i - 1]! > 1);
  if (!isGrouped || distinct.length <= categories) return distinct;
  if (distinct.length % categories !== 0) return [];
  const size = distinct.length / categories;
  return Array.from({ length: categories }, (_, i) => {
    const group = distinct.slice(i * size, (i + 1) * size);
    return (group[0]! + group.at(-1)!) / 2;
  });
}

function nearest<Label extends ChartLabel>(labels: readonly Label[], at: number, axis: 0 | 1): Label {
  return labels.reduce((best, label) =>
    Math.abs(middle(label.box, axis) - at) < Math.abs(middle(best.box, axis) - at) ? label : best,
  );
}

/** A number printed at the far end of a bar, or inside it. */
function isAtEnd(
  label: Box,
  bar: Box,
  { along, across, far, base }: { along: 0 | 1; across: 0 | 1; far: number; base: number },
): boolean {
  const at = middle(label, across);
  const slack = 0.3 * (bar[across + 2]! - bar[across]) + 1;
  if (at < bar[across] - slack || at > bar[across + 2]! + slack) return false;
  const size = label[3] - label[1];
  const where = middle(label, along);
  const isInside = where >= bar[along] && where <= bar[along + 2]!;
  const away = far < base ? far - (along === 1 ? where : label[2]) : (along === 1 ? where : label[0]) - far;
  return isInside || (away > -2 && away < (along === 1 ? 1.8 * size : 2 * size));
}
