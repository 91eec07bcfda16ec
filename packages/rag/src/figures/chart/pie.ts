import type { Mark } from "../../pdf/graphics.ts";
import type { ReadParts } from "./bars.ts";
import { type ChartLabel, middle } from "./scale.ts";
import { TableBuilder } from "./table.ts";

interface Wedge {
  colour: string;
  /** Share of the circle. */
  share: number;
  /** Direction of its middle, in radians. */
  direction: number;
  radius: number;
}

/** The values of a pie or ring: the angle of each wedge, named by the legend or by the label that stands in its direction. */
export function readPie<Label extends ChartLabel>(
  marks: readonly Mark[],
  labels: readonly Label[],
  { legend }: { legend: ReadonlyMap<string, Label> },
): ReadParts<Label> | undefined {
  const shapes = marks.filter(({ fill, curved, points }) => fill !== undefined && curved && points.length >= 3);
  const centre = sharedPoint(shapes);
  if (!centre) return undefined;
  const wedges = shapes.flatMap((mark) => wedgeOf(mark, centre) ?? []);
  const whole = wedges.reduce((sum, { share }) => sum + share, 0);
  if (wedges.length < 2 || whole < 0.97 || whole > 1.03) return undefined;
  const used = new Set<Label>();
  const table = new TableBuilder();
  const words = labels.filter(({ text }) => /\p{L}/u.test(text));
  const percents = labels.filter(({ text }) => /^[\d.,]+\s?%$/.test(text.trim()));
  for (const wedge of wedges) {
    const printed = inDirection(percents, wedge, centre);
    const name = legend.get(wedge.colour) ?? inDirection(words, wedge, centre);
    if (!name) continue;
    used.add(name);
    if (printed) used.add(printed);
    // "Fuel 23%" names and counts at once.
    const own = /[\d.,]+\s?%/.exec(name.text)?.[0];
    const category = name.text.replace(/[\s:(]*[\d.,]+\s?%\)?/, "").trim() || name.text;
    table.set(category, "", printed?.text ?? own ?? `≈ ${(100 * wedge.share).toFixed(1)}%`);
  }
  if (table.count < 2 || table.count < wedges.length - 1) return undefined;
  return { table: table.build(), used };
}

/** The point at which most of the shapes meet. */
function sharedPoint(shapes: readonly Mark[]): [number, number] | undefined {
  let best: { point: [number, number]; count: number } | undefined;
  for (const point of shapes.slice(0, 40).flatMap(({ points }) => points)) {
    const count = shapes.filter(({ points }) => points.some((other) => isAt(other, point))).length;
    if (count >= 2 && (!best || count > best.count)) best = { point, count };
  }
  return best?.point;
}

const isAt = (a: readonly number[], b: readonly number[]): boolean => Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!) < 1;

/** From its points on the circle, in order; undefined for what is no part of one. */
function wedgeOf({ points, fill }: Mark, centre: [number, number]): Wedge | undefined {
  const tip = points.findIndex((point) => isAt(point, centre));
  if (tip < 0) return undefined;
  const arc = [...points.slice(tip + 1), ...points.slice(0, tip)].filter((point) => !isAt(point, centre));
  if (arc.length < 2) return undefined;
  const radii = arc.map(([x, y]) => Math.hypot(x - centre[0], y - centre[1]));
  const radius = Math.max(...radii);
  if (radius < 8 || radii.some((each) => each < 0.9 * radius)) return undefined;
  const angles = arc.map(([x, y]) => Math.atan2(y - centre[1], x - centre[0]));
  let turned = 0;
  for (let i = 1; i < angles.length; i++) turned += turn(angles[i]! - angles[i - 1]!);
  if (Math.abs(turned) < 1e-3) return undefined;
  return { colour: fill!, share: Math.abs(turned) / (2 * Math.PI), direction: angles[0]! + turned / 2, radius };
}

/** An angle between −π and π. */
const turn = (angle: number): number => Math.atan2(Math.sin(angle), Math.cos(angle));

/** The label that stands in the direction of a wedge, inside it or at most half a radius outside. */
function inDirection<Label extends ChartLabel>(
  labels: readonly Label[],
  { direction, share, radius }: Wedge,
  centre: readonly [number, number],
): Label | undefined {
  let best: { label: Label; away: number } | undefined;
  for (const label of labels) {
    const [dx, dy] = [middle(label.box, 0) - centre[0], middle(label.box, 1) - centre[1]];
    // Words beside the circle begin or end at it: what counts is their nearer end.
    const nearX = Math.min(Math.max(centre[0], label.box[0]), label.box[2]) - centre[0];
    const distance = Math.hypot(Math.abs(dx) > radius ? nearX : dx, dy);
    const angle = Math.atan2(dy, Math.abs(dx) > radius ? nearX : dx);
    const away = Math.abs(turn(angle - direction));
    if (distance > 1.6 * radius || away > Math.max(Math.PI * share, 0.12)) continue;
    if (!best || away < best.away) best = { label, away };
  }
  return best?.label;
}
