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
  centre: readonly [number, number];
}

/** The values of a pie or ring: the angle of each wedge, named by the legend or by the label that stands in its direction. */
export function readPie<Label extends ChartLabel>(
  marks: readonly Mark[],
  labels: readonly Label[],
  { legend }: { legend: ReadonlyMap<string, Label> },
): ReadParts<Label> | undefined {
  const shapes = marks.filter(
    ({ fill, stroke, curved, points, rectangle }) =>
      // A white slice is but an outline; some draw a circle as a polygon.
      (fill ?? stroke) !== undefined && !rectangle && points.length >= (curved && fill ? 3 : 8),
  );
  const wedges = wedgesOf(shapes);
  if (!wedges) return undefined;
  const used = new Set<Label>();
  const table = new TableBuilder();
  const words = labels.filter(({ text }) => /\p{L}/u.test(text));
  const percents = labels.filter(({ text }) => /^[\d.,]+\s?%$/.test(text.trim()));
  for (const wedge of wedges) {
    const printed = inDirection(percents, wedge);
    const name = legend.get(wedge.colour) ?? inDirection(words, wedge);
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

/** The wedges that make up a circle: slices with a tip each, be they moved out, or parts of a ring. */
function wedgesOf(shapes: readonly Mark[]): Wedge[] | undefined {
  const slices = shapes.flatMap((mark) => {
    for (const point of mark.points) {
      const slice = wedgeOf(mark, point);
      if (slice) return [slice];
    }
    return [];
  });
  const distinct = slices.filter(
    (slice, i) => !slices.slice(0, i).some((other) => Math.abs(turn(other.direction - slice.direction)) < 0.01),
  );
  if (isWhole(distinct)) return distinct;
  // Parts of a ring have no tip; together they have a middle.
  const large = shapes.filter(({ box }) => Math.max(box[2] - box[0], box[3] - box[1]) > 16);
  if (large.length < 2) return undefined;
  const xs = large.flatMap(({ points, box }) => [...points.map(([x]) => x), box[0], box[2]]);
  const ys = large.flatMap(({ points, box }) => [...points.map(([, y]) => y), box[1], box[3]]);
  const centre = [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2] as const;
  const parts = large.flatMap((mark) => ringPartOf(mark, centre) ?? []);
  return isWhole(parts) ? parts : undefined;
}

function isWhole(wedges: readonly Wedge[]): boolean {
  const whole = wedges.reduce((sum, { share }) => sum + share, 0);
  return wedges.length >= 2 && whole > 0.97 && whole < 1.03;
}

const isAt = (a: readonly number[], b: readonly number[]): boolean => Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!) < 1;

/** From its points on the circle, in order; undefined for what is no part of one around `centre`. */
function wedgeOf({ points, fill }: Mark, centre: readonly [number, number]): Wedge | undefined {
  const tip = points.findIndex((point) => isAt(point, centre));
  if (tip < 0) return undefined;
  const arc = [...points.slice(tip + 1), ...points.slice(0, tip)].filter((point) => !isAt(point, centre));
  if (arc.length < 2) return undefined;
  const radii = arc.map(([x, y]) => Math.hypot(x - centre[0], y - centre[1]));
  const radius = Math.max(...radii);
  if (radius < 8 || radii.some((each) => each < 0.97 * radius)) return undefined;
  return wedgeAlong(arc, centre, { radius, colour: fill ?? "" });
}

/** Of a ring: the points on its outer circle, in their order. */
function ringPartOf({ points, fill }: Mark, centre: readonly [number, number]): Wedge | undefined {
  const radii = points.map(([x, y]) => Math.hypot(x - centre[0], y - centre[1]));
  const radius = Math.max(...radii);
  const inner = Math.min(...radii);
  if (radius < 8 || inner < 0.15 * radius || radii.some((r) => r < 0.97 * radius && r > 1.04 * inner)) return undefined;
  const isOuter = radii.map((r) => r >= 0.97 * radius);
  // The outer points follow each other; begin where they do.
  const start = isOuter.findIndex((outer, i) => outer && !isOuter.at(i - 1));
  if (start < 0) return undefined;
  const turned = [...points.slice(start), ...points.slice(0, start)];
  const arc = turned.slice(0, isOuter.filter(Boolean).length);
  return wedgeAlong(arc, centre, { radius, colour: fill ?? "" });
}

function wedgeAlong(
  arc: readonly (readonly [number, number])[],
  centre: readonly [number, number],
  { radius, colour }: { radius: number; colour: string },
): Wedge | undefined {
  const angles = arc.map(([x, y]) => Math.atan2(y - centre[1], x - centre[0]));
  let turned = 0;
  for (let i = 1; i < angles.length; i++) turned += turn(angles[i]! - angles[i - 1]!);
  if (Math.abs(turned) < 1e-3) return undefined;
  return { colour, share: Math.abs(turned) / (2 * Math.PI), direction: angles[0]! + turned / 2, radius, centre };
}

/** An angle between −π and π. */
const turn = (angle: number): number => Math.atan2(Math.sin(angle), Math.cos(angle));

/** The label that stands in the direction of a wedge, inside it or at most half a radius outside. */
function inDirection<Label extends ChartLabel>(
  labels: readonly Label[],
  { direction, share, radius, centre }: Wedge,
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
