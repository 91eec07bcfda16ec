import { grow, holdsCentre, intersect, union, unionAll } from "../../boxes/boxes.ts";
import type { Box } from "../../document.ts";
import { chartText, type ReadChart, readChart } from "../../figures/chart/read-chart.ts";
import { type ChartLabel, findScale } from "../../figures/chart/scale.ts";
import type { PageGraphics } from "../graphics.ts";
import type { Fragment } from "../lines/fragment.ts";
import { captionLabel } from "../lines/label.ts";
import { buildLines } from "../lines/lines.ts";
import type { DrawnRegion } from "./drawings.ts";
import type { FigureDraft } from "./join-captions.ts";

interface PartLabel extends ChartLabel {
  part: Fragment;
}

/** Labels of a chart stand this near to its drawing (points). */
const labelReach = 52;
/** Parts of one drawing are no farther from each other (points). */
const partReach = 26;

/**
 * The charts among the drawn regions, each with its labels and legend taken in. Bars that stand apart are regions of
 * their own at first: what is read as one chart becomes one region.
 */
export function readCharts(
  regions: readonly DrawnRegion[],
  fragments: readonly Fragment[],
  { marks }: PageGraphics,
  turned: readonly Fragment[] = [],
): { charts: Map<DrawnRegion, ReadChart<PartLabel>>; regions: DrawnRegion[]; taken: ReadonlySet<Fragment> } {
  const labelOf = (part: Fragment): PartLabel => ({ text: withPower(part), box: part.box, part });
  const inRegions = new Set(regions.flatMap((region) => region.fragments));
  const charts = new Map<DrawnRegion, ReadChart<PartLabel>>();
  const freeLabels = () =>
    [...fragments, ...turned].filter((part) => !inRegions.has(part) && part.text.length <= 40).map(labelOf);
  const keep = (region: DrawnRegion, chart: ReadChart<PartLabel>, free: readonly PartLabel[]) => {
    charts.set(region, chart);
    const title = titleOf(region, free);
    for (const label of free) {
      if (!chart.used.has(label) && label !== title) continue;
      inRegions.add(label.part);
      region.fragments.push(label.part);
      region.box = union(region.box, label.box);
    }
  };
  const unread: DrawnRegion[] = [];
  for (const region of regions) {
    if (region.kind !== "drawing") continue;
    const free = freeLabels();
    const chart = readChart(marks, region.fragments.map(labelOf), region.box, free);
    if (chart) keep(region, chart, free);
    else unread.push(region);
  }
  const gone = new Set<DrawnRegion>();
  for (const parts of near(unread)) {
    const box = drawingAround(unionAll(parts.map((part) => part.box)), marks);
    const others = [...charts.keys()].map((region) => region.box);
    if (others.some((other) => intersect(other, box))) continue;
    const free = freeLabels();
    const reach = grow(box, labelReach);
    const around = free.filter((label) => holdsCentre(reach, label.box));
    const labels = [...parts.flatMap((part) => part.fragments.map(labelOf)), ...around];
    const chart = readChart(marks, labels, box, free);
    if (!chart) continue;
    const [whole, ...rest] = parts as [DrawnRegion, ...DrawnRegion[]];
    whole.box = box;
    for (const part of rest) {
      whole.fragments.push(...part.fragments);
      gone.add(part);
    }
    keep(whole, chart, [...around, ...free.filter((label) => !around.includes(label))]);
  }
  return {
    charts,
    regions: regions.filter((region) => !gone.has(region)),
    taken: new Set(turned.filter((label) => inRegions.has(label))),
  };
}

/** Regions that stand near each other, together. */
function near(regions: readonly DrawnRegion[]): DrawnRegion[][] {
  const groups: DrawnRegion[][] = [];
  for (const region of regions) {
    const [x0, , x1] = region.box;
    const reach = grow(region.box, Math.min(2.5 * partReach, Math.max(partReach, 0.7 * (x1 - x0))));
    const joined = groups.filter((group) => group.some(({ box }) => intersect(reach, box)));
    for (const group of joined) groups.splice(groups.indexOf(group), 1);
    groups.push([...joined.flat(), region]);
  }
  return groups;
}

/** A box with the outlines that stand near it. */
function drawingAround(box: Box, marks: PageGraphics["marks"]): Box {
  let grown = box;
  for (let i = 0; i < 3; i++) {
    const reach = grow(grown, partReach);
    grown = unionAll([grown, ...marks.map((mark) => mark.box).filter((own) => intersect(reach, own))]);
  }
  return grown;
}

/** Numbers that stand evenly above each other, as beside an axis. */
export function scaleLabels(fragments: readonly Fragment[]): Fragment[] {
  return findScale(fragments, 1)?.labels ?? [];
}

/** A short line right over a chart, no wider than it. */
function titleOf<Label extends ChartLabel>(
  { box: [x0, y0, x1] }: DrawnRegion,
  free: readonly Label[],
): Label | undefined {
  return free.find(({ text, box }) => {
    const size = box[3] - box[1];
    const gap = y0 - box[3];
    const isOver = box[0] > x0 - 6 && box[2] < x1 + 6;
    return (
      gap > -2 &&
      gap < 2 * size &&
      isOver &&
      /\p{L}/u.test(text) &&
      !/[.。:：]$/u.test(text) &&
      !/^\d+(?:\.\d+)*\.?\s+\p{L}/u.test(text) &&
      !captionLabel(text)
    );
  });
}

/** The words of a region; a chart's values as a table in the place of its labels. */
export function wordsOf({ fragments }: DrawnRegion, chart: ReadChart<PartLabel> | undefined): FigureDraft["texts"] {
  const read = new Set([...(chart?.used ?? [])].map(({ part }) => part));
  const lines = buildLines(fragments.filter((part) => !read.has(part)));
  return [
    ...lines.map(({ text, box }) => ({ text, box })),
    ...(chart ? [{ text: chartText(chart), box: chart.box }] : []),
  ];
}

/** A label of a logarithmic axis with its raised digits as such: "10³" where the characters alone say 103. */
function withPower({ text, glyphs, size }: Fragment): string {
  if (!/^10[−-]?\d{1,2}$/u.test(text)) return text;
  const raised = glyphs.filter((glyph) => glyph.size < 0.85 * size || glyph.size < 0.85 * glyphs[0]!.size);
  const exponent = raised.map((glyph) => glyph.text).join("");
  if (!exponent || !text.endsWith(exponent) || text.length - exponent.length !== 2) return text;
  return `10${[...exponent].map((digit) => ("0123456789".includes(digit) ? "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)] : "⁻")).join("")}`;
}
