import { grow, holdsCentre } from "../../boxes/boxes.ts";
import type { Box } from "../../document.ts";
import type { Mark } from "../../pdf/graphics.ts";
import { type ReadParts, readBars } from "./bars.ts";
import { readLegend } from "./legend.ts";
import { readLines } from "./lines.ts";
import { readPie } from "./pie.ts";
import type { ChartLabel } from "./scale.ts";
import { readScatter } from "./scatter.ts";
import type { ChartTable } from "./table.ts";

/** A chart as a table. */
export interface ReadChart<Label extends ChartLabel = ChartLabel> {
  table: ChartTable;
  /** The labels that are in the table: ticks, categories, values, the legend. */
  used: ReadonlySet<Label>;
  /** The drawing, without a title or legend outside it. */
  box: Box;
}

/** A legend may stand outside the drawing, this far from it (points). */
const legendReach = 110;
/** More than this is a figure with a drawing of its own kind, and no chart. */
const mostLabels = 400;

/**
 * Reads a chart that is drawn with lines and areas back into its values: bars standing, lying, grouped and stacked; lines
 * on linear and logarithmic scales; points; pies and rings. Printed values are taken as they are printed; others are read off the scale and
 * marked `≈`. `beside` are words outside the drawing, where a legend may stand. Undefined when it is none of these, or when too little of it can be told.
 */
export function readChart<Label extends ChartLabel>(
  marks: readonly Mark[],
  labels: readonly Label[],
  region: Box,
  beside: readonly Label[] = [],
): ReadChart<Label> | undefined {
  const around = grow(region, legendReach);
  const near = beside.filter(({ box }) => holdsCentre(around, box));
  if (labels.length + near.length < 3 || labels.length > mostLabels) return undefined;
  const inside = marks.filter(({ box }) => holdsCentre(region, box));
  if (inside.length < 2) return undefined;
  const colours = new Set(inside.flatMap(({ fill, stroke }) => fill ?? stroke ?? []));
  const keys = marks.filter(({ box, fill, stroke }) => holdsCentre(around, box) && colours.has(fill ?? stroke ?? ""));
  const legend = readLegend(keys, [...labels, ...near]);
  const found: ReadParts<Label> | undefined =
    readPie(inside, labels, { legend }) ??
    better(
      readBars(inside, labels, { along: 1, legend, region }),
      readBars(inside, labels, { along: 0, legend, region }),
    ) ??
    readLines(inside, labels, { legend, region }) ??
    readScatter(inside, labels, { legend });
  if (!found) return undefined;
  return { ...found, box: region };
}

/** Of two readings the one with more values. */
function better<Label extends ChartLabel>(a?: ReadParts<Label>, b?: ReadParts<Label>): ReadParts<Label> | undefined {
  const count = (read: ReadParts<Label>) =>
    read.table.rows.reduce((sum, { values }) => sum + values.filter((value) => value !== undefined).length, 0);
  return a && b ? (count(b) > count(a) ? b : a) : (a ?? b);
}

/** The table as lines, cells joined by " | ": the names of the series after an empty cell, then the categories. */
export function chartText({ table: { series, rows } }: Pick<ReadChart, "table">): string {
  const clean = (cell: string) => cell.replace(/\s*\|\s*/g, " ").trim();
  return [
    ` | ${series.map(clean).join(" | ")}`,
    ...rows.map(({ category, values }) => [category, ...values.map((value) => value ?? "")].map(clean).join(" | ")),
  ].join("\n");
}
