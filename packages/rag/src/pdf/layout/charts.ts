import { union } from "../../boxes/boxes.ts";
import { chartText, type ReadChart, readChart } from "../../figures/chart/read-chart.ts";
import type { ChartLabel } from "../../figures/chart/scale.ts";
import type { PageGraphics } from "../graphics.ts";
import type { Fragment } from "../lines/fragment.ts";
import { captionLabel } from "../lines/label.ts";
import { buildLines } from "../lines/lines.ts";
import type { DrawnRegion } from "./drawings.ts";
import type { FigureDraft } from "./join-captions.ts";

interface PartLabel extends ChartLabel {
  part: Fragment;
}

/** The charts among the drawn regions, each with its legend taken in. */
export function readCharts(
  regions: readonly DrawnRegion[],
  fragments: readonly Fragment[],
  { marks }: PageGraphics,
): Map<DrawnRegion, ReadChart<PartLabel>> {
  const labelOf = (part: Fragment): PartLabel => ({ text: withPower(part), box: part.box, part });
  const inRegions = new Set(regions.flatMap((region) => region.fragments));
  const charts = new Map<DrawnRegion, ReadChart<PartLabel>>();
  for (const region of regions) {
    if (region.kind !== "drawing") continue;
    const free = fragments.filter((part) => !inRegions.has(part) && part.text.length <= 40).map(labelOf);
    const chart = readChart(marks, region.fragments.map(labelOf), region.box, free);
    if (!chart) continue;
    charts.set(region, chart);
    const title = titleOf(region, free);
    for (const label of free) {
      if (!chart.used.has(label) && label !== title) continue;
      inRegions.add(label.part);
      region.fragments.push(label.part);
      region.box = union(region.box, label.box);
    }
  }
  return charts;
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
