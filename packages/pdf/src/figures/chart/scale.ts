import type { Box } from "../../document.ts";
import { readValue } from "./value.ts";

/** A piece of text with its place; the chart reader keeps the object, so that its user can tell which were used. */
export interface ChartLabel {
  text: string;
  box: Box;
}

/** Values along one direction of a chart. */
export interface Scale<Label extends ChartLabel> {
  /** The value at a coordinate (points). */
  valueAt(at: number): number;
  labels: Label[];
  /** Value per point at most: what a value cannot be told more exactly than. */
  resolution: number;
  logarithmic: boolean;
}

export const middle = (box: Box, axis: 0 | 1): number => (box[axis] + box[axis + 2]!) / 2;

/** How far (points) labels of one axis may be out of line. */
const lineTolerance = 2.5;
/** The largest departure from a straight line, as a share of the axis. */
const fitTolerance = 0.012;

/**
 * The scale of an axis from its numbers: labels in one line across the axis whose values grow evenly, or by an even
 * factor, along it.
 *
 * @param axis 1 for a vertical axis, whose labels stand above each other; 0 for a horizontal one.
 */
export function findScale<Label extends ChartLabel>(labels: readonly Label[], axis: 0 | 1): Scale<Label> | undefined {
  const numbers = labels.flatMap((label) => {
    const value = readValue(label.text);
    return value === undefined ? [] : [{ label, value, at: middle(label.box, axis) }];
  });
  const across = axis === 1 ? 0 : 1;
  let best: Scale<Label> | undefined;
  // Numbers of a vertical axis are set flush right, flush left or centred; those of a horizontal one share a line.
  for (const edge of [(box: Box) => box[across + 2]!, (box: Box) => box[across]!, (box: Box) => middle(box, across)]) {
    for (const seed of numbers) {
      const line = numbers.filter(({ label }) => Math.abs(edge(label.box) - edge(seed.label.box)) < lineTolerance);
      // Two powers of ten are enough: they can stand on no other scale.
      const least = line.length > 0 && line.every(({ label }) => isPower.test(label.text.trim())) ? 2 : 3;
      if (line.length < least || (best && line.length <= best.labels.length)) continue;
      // The outermost labels may be pushed inwards, so that they stay within the drawing.
      const sorted = line.length < 5 ? [] : [...line].sort((a, b) => a.at - b.at);
      const tries = [line, sorted.slice(0, -1), sorted.slice(1), sorted.slice(1, -1)];
      for (const part of tries) {
        const found = part.length >= least ? fit(part) : undefined;
        if (!found || (best && found.labels.length <= best.labels.length)) continue;
        best = found;
        break;
      }
    }
  }
  return best;
}

const isPower = /^10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+$/u;

function fit<Label extends ChartLabel>(
  line: readonly { label: Label; value: number; at: number }[],
): Scale<Label> | undefined {
  const sorted = [...line].sort((a, b) => a.at - b.at);
  const span = sorted.at(-1)!.at - sorted[0]!.at;
  if (span < 15) return undefined;
  for (const logarithmic of sorted.length === 2 ? [true] : [false, true]) {
    if (logarithmic && sorted.some(({ value }) => value <= 0)) return undefined;
    const values = sorted.map(({ value }) => (logarithmic ? Math.log10(value) : value));
    const n = sorted.length;
    const [meanAt, meanValue] = [sum(sorted.map(({ at }) => at)) / n, sum(values) / n];
    const slope =
      sum(sorted.map(({ at }, i) => (at - meanAt) * (values[i]! - meanValue))) /
      sum(sorted.map(({ at }) => (at - meanAt) ** 2));
    const range = Math.abs(slope) * span;
    if (range === 0 || !Number.isFinite(range)) continue;
    const line = (at: number) => meanValue + slope * (at - meanAt);
    if (sorted.some(({ at }, i) => Math.abs(line(at) - values[i]!) > Math.max(fitTolerance * range, 1e-12))) continue;
    return {
      valueAt: (at) => (logarithmic ? 10 ** line(at) : line(at)),
      labels: sorted.map(({ label }) => label),
      resolution: Math.abs(slope),
      logarithmic,
    };
  }
  return undefined;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
