import type { Mark } from "../../pdf/graphics.ts";
import { type ChartLabel, middle } from "./scale.ts";

/** A legend's key is no larger than this (points). */
const largestKey = 40;

/** Which label names a colour: a small mark of that colour with the label to its right, on the same line. */
export function readLegend<Label extends ChartLabel>(
  marks: readonly Mark[],
  labels: readonly Label[],
): Map<string, Label> {
  const names = new Map<string, { label: Label; gap: number }>();
  for (const { box, fill, stroke } of marks) {
    const colour = fill ?? stroke;
    if (!colour || box[2] - box[0] > largestKey || box[3] - box[1] > 16) continue;
    for (const label of labels) {
      const size = label.box[3] - label.box[1];
      const gap = label.box[0] - box[2];
      if (gap < -1 || gap > 2.2 * size || Math.abs(middle(label.box, 1) - middle(box, 1)) > 0.6 * size) continue;
      if (!/\p{L}/u.test(label.text) && !/^\d{4}$/.test(label.text)) continue;
      const before = names.get(colour);
      if (!before || gap < before.gap) names.set(colour, { label, gap });
    }
  }
  return new Map([...names].map(([colour, { label }]) => [colour, label]));
}
