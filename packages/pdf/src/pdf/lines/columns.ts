import { height, overlap1d, unionAll, width } from "../../boxes/boxes.ts";
import type { Box } from "../../document.ts";

/** Something that takes its place in the reading order: a fragment of text, a figure, a table. */
export interface Atom {
  box: Box;
  /** Font size of text, 0 for a figure or table. */
  size: number;
  /** Words, as opposed to the figures of a table. */
  prose?: boolean;
}

/**
 * Reading order of one, two or more columns with spanning titles and figures: a recursive cut (after Nagy and Seth's
 * XY-cut, ICPR 1984) that looks for a gutter first and lets the few atoms that cross it divide the page into bands.
 *
 * @returns the columns in reading order; inside one, atoms are read by rows.
 */
export function cutColumns<T extends Atom>(atoms: readonly T[], bodySize: number): T[][] {
  if (atoms.length < 2) return atoms.length === 0 ? [] : [[...atoms]];
  return cut([...atoms], bodySize, 0);
}

function cut<T extends Atom>(atoms: T[], bodySize: number, depth: number): T[][] {
  if (atoms.length < 2 || depth > 12) return [atoms];
  const gutter = findGutter(atoms, bodySize);
  if (gutter === undefined) return cutAtGaps(atoms, bodySize, depth);
  const bands = splitBands(atoms, gutter);
  return bands.flatMap((band) => {
    if (band.crosses) return [band.atoms];
    const left = band.atoms.filter((atom) => atom.box[2] <= gutter + 1);
    const right = band.atoms.filter((atom) => atom.box[2] > gutter + 1);
    // A table of numbers between two stretches of columns has a gap there too, and stays whole.
    if ([left, right].some((side) => side.length > 2 && isNumeric(side))) return [band.atoms];
    return [left, right].filter((side) => side.length > 0).flatMap((side) => cut(side, bodySize, depth + 1));
  });
}

/**
 * Without a gutter over the whole height there may still be one in a part of it (a title page whose body has two
 * columns): cut at the widest horizontal gap and look again.
 */
function cutAtGaps<T extends Atom>(atoms: T[], bodySize: number, depth: number): T[][] {
  const sorted = [...atoms].sort((a, b) => a.box[1] - b.box[1]);
  let bottom = sorted[0]!.box[3];
  let best = { gap: 0.6 * bodySize, at: -1 };
  for (let i = 1; i < sorted.length; i++) {
    const gap = sorted[i]!.box[1] - bottom;
    if (gap > best.gap) best = { gap, at: i };
    bottom = Math.max(bottom, sorted[i]!.box[3]);
  }
  if (best.at < 0) return [atoms];
  const above = cut(sorted.slice(0, best.at), bodySize, depth + 1);
  const below = cut(sorted.slice(best.at), bodySize, depth + 1);
  // Two single columns on top of each other are one column: blocks are told apart later, by spacing.
  if (above.length === 1 && below.length === 1) return [atoms];
  return [...above, ...below];
}

/** The x at which the atoms fall into two columns of running text, if there is one. */
function findGutter(atoms: readonly Atom[], bodySize: number): number | undefined {
  const box = unionAll(atoms.map((atom) => atom.box));
  const total = width(box);
  if (total < 12 * bodySize) return undefined;
  const first = Math.floor(box[0]);
  const crossings = new Float64Array(Math.ceil(total) + 2);
  for (const { box: b } of atoms) {
    const from = Math.max(0, Math.floor(b[0]) - first);
    const to = Math.min(crossings.length - 1, Math.ceil(b[2]) - first);
    for (let x = from; x <= to; x++) crossings[x]! += height(b);
  }
  let best: { x: number; score: number } | undefined;
  for (let x = Math.ceil(total * 0.15); x < total * 0.85; x++) {
    const crossed = crossings[x]!;
    let end = x;
    while (end + 1 < total * 0.85 && Math.abs(crossings[end + 1]! - crossed) < 0.01) end++;
    const middle = first + (x + end) / 2;
    if (end - x >= 0.4 * bodySize) {
      const score = gutterScore(atoms, middle, bodySize, end - x);
      if (score > 0 && (!best || score > best.score)) best = { x: middle, score };
    }
    x = end;
  }
  return best?.x;
}

/**
 * How good a gutter is: the height over which text stands on both sides of it, less the height of what crosses it.
 * 0 or less when the sides do not look like columns of text.
 */
function gutterScore(atoms: readonly Atom[], x: number, bodySize: number, gapWidth: number): number {
  const left: Atom[] = [];
  const right: Atom[] = [];
  const crossing: Atom[] = [];
  for (const atom of atoms) {
    if (atom.box[2] <= x + 1) left.push(atom);
    else if (atom.box[0] >= x - 1) right.push(atom);
    else crossing.push(atom);
  }
  if (!looksLikeColumn(left, bodySize) || !looksLikeColumn(right, bodySize)) return 0;
  // Only what has the other side beside it speaks for the gutter.
  const bands = splitBands(atoms, x).filter((band) => !band.crosses);
  let shared = 0;
  for (const band of bands) {
    const l = band.atoms.filter((atom) => atom.box[2] <= x + 1);
    const r = band.atoms.filter((atom) => atom.box[2] > x + 1);
    if (l.length === 0 || r.length === 0) continue;
    const lb = unionAll(l.map((atom) => atom.box));
    const rb = unionAll(r.map((atom) => atom.box));
    shared += Math.max(0, overlap1d(lb[1], lb[3], rb[1], rb[3]));
  }
  const crossed = crossing.reduce((sum, atom) => sum + Math.min(height(atom.box), 3 * bodySize), 0);
  if (shared < 3 * bodySize || crossed > 0.7 * shared) return 0;
  return shared - crossed + Math.min(gapWidth, 3 * bodySize);
}

const isNumeric = (atoms: readonly Atom[]): boolean =>
  atoms.filter((atom) => atom.prose === false).length > 0.4 * atoms.length;

/** At least two lines, wide enough to be prose (or a figure): cells and numbers of a table are not. */
function looksLikeColumn(atoms: readonly Atom[], bodySize: number): boolean {
  if (atoms.length === 0) return false;
  if (atoms.some((atom) => atom.size === 0 && width(atom.box) > 8 * bodySize)) return true;
  if (isNumeric(atoms)) return false;
  const box = unionAll(atoms.map((atom) => atom.box));
  if (width(box) < 7 * bodySize || atoms.length < 2) return false;
  const widths = atoms.map((atom) => width(atom.box)).sort((a, b) => a - b);
  const covered = atoms.reduce((sum, atom) => sum + width(atom.box) * height(atom.box), 0);
  return widths[Math.floor(widths.length * 0.6)]! >= 0.4 * width(box) || covered >= 0.45 * width(box) * height(box);
}

/** The atoms from top to bottom, in bands that cross x and bands that do not. */
function splitBands<T extends Atom>(atoms: readonly T[], x: number): { crosses: boolean; atoms: T[] }[] {
  const crossing = atoms
    .filter((atom) => atom.box[0] < x - 1 && atom.box[2] > x + 1)
    .sort((a, b) => a.box[1] - b.box[1]);
  const rest = atoms.filter((atom) => !(atom.box[0] < x - 1 && atom.box[2] > x + 1));
  const bands: { crosses: boolean; atoms: T[] }[] = [];
  let remaining = rest;
  let current: T[] = [];
  for (const atom of crossing) {
    const middle = (atom.box[1] + atom.box[3]) / 2;
    const above = remaining.filter((other) => (other.box[1] + other.box[3]) / 2 < middle);
    if (above.length > 0) {
      if (current.length > 0) bands.push({ crosses: true, atoms: current });
      bands.push({ crosses: false, atoms: above });
      current = [];
      remaining = remaining.filter((other) => !above.includes(other));
    }
    current.push(atom);
  }
  if (current.length > 0) bands.push({ crosses: true, atoms: current });
  if (remaining.length > 0) bands.push({ crosses: false, atoms: remaining });
  return bands;
}
