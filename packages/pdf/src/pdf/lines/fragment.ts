import { union } from "../../boxes/boxes.ts";
import type { Box } from "../../document.ts";
import type { Font, Glyph } from "../glyphs.ts";

/**
 * A piece of a printed line without wide gaps: a word to a whole line of a column. Coordinates are in the frame in
 * which the text reads left to right.
 */
export interface Fragment {
  text: string;
  /** The ink. */
  box: Box;
  baseline: number;
  /** Font size in points that most of the characters have. */
  size: number;
  font: Font;
  /** Share of the characters in a bold font. */
  boldShare: number;
  /** The characters with spaces, for joining fragments and for cutting columns. */
  glyphs: Glyph[];
}

/** Gap (in ems) that ends a fragment; text columns are set further apart than this. */
const fragmentGap = 0.8;
/** Gap (in ems) that counts as a space between letters; TeX squeezes a word space to about 0.2. */
const wordGap = 0.16;

/**
 * Cuts glyphs (all of one reading direction, boxes in its frame, stream order) into fragments.
 *
 * @param gapEm the gap that ends a fragment, in ems.
 */
export function buildFragments(glyphs: readonly Glyph[], gapEm = fragmentGap): Fragment[] {
  const runs: Glyph[][] = [];
  let run: Glyph[] = [];
  let last: Glyph | undefined;
  let spaces: Glyph[] = [];
  for (const glyph of glyphs) {
    if (glyph.text === " ") {
      if (last) spaces.push(glyph);
      continue;
    }
    if (last && continues(last, glyph, spaces.length > 0 ? 1.3 * gapEm : gapEm)) {
      if (spaces.length > 0) run.push(spaces[0]!);
    } else {
      if (run.length > 0) runs.push(run);
      run = [];
    }
    spaces = [];
    run.push(glyph);
    last = glyph;
  }
  if (run.length > 0) runs.push(run);
  return mergeNeighbours(runs.map(toFragment), gapEm);
}

function continues(last: Glyph, next: Glyph, gapEm: number): boolean {
  const size = Math.max(last.size, next.size);
  const shift = Math.abs(next.originY - last.originY);
  // Superscripts and subscripts leave the baseline, and are smaller.
  const sameLine = shift <= 0.2 * size || (shift <= 0.6 * size && Math.min(last.size, next.size) < 0.85 * size);
  const gap = gapBetween(last, next);
  return sameLine && gap <= gapEm * size && gap >= -0.7 * size;
}

const closingMark = /[、，。；：！？）】》〉」』”’]/;
const openingMark = /[（【《〈「『“‘]/;
const eastAsian = /[\u2e80-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]/;

/**
 * The blank that belongs to an East Asian mark. Its square is one em, of which a proportional font gives only the half
 * with the ink as its width: without the other half, each comma would look like a gap between columns.
 */
function fullWidthBlank(last: Glyph, next: Glyph, by: "cell" | "box"): number {
  const east = (glyph: Glyph) => eastAsian.test(glyph.text);
  const missing = (glyph: Glyph) => Math.max(0, Math.min(glyph.size, last.size) - (glyph[by][2] - glyph[by][0]));
  const after = closingMark.test(last.text) && (east(next) || openingMark.test(next.text));
  const before = openingMark.test(next.text) && (east(last) || closingMark.test(last.text));
  return (after ? missing(last) : 0) + (before ? missing(next) : 0);
}

/** The gap between neighbours on a line in points, what belongs to full-width marks aside. */
export function gapBetween(last: Glyph, next: Glyph): number {
  const gap = next.cell[0] - last.cell[2];
  return gap <= 0 ? gap : Math.max(0, gap - fullWidthBlank(last, next, "cell"));
}

const lastInked = ({ glyphs }: Fragment): Glyph => glyphs.findLast(({ text }) => text !== " ") ?? glyphs.at(-1)!;

/** Joins fragments on one baseline that the stream order had kept apart. */
function mergeNeighbours(fragments: Fragment[], gapEm: number): Fragment[] {
  const sorted = fragments.sort((a, b) => a.baseline - b.baseline || a.box[0] - b.box[0]);
  const gone = new Set<Fragment>();
  for (let i = 0; i < sorted.length; i++) {
    let current = sorted[i]!;
    if (gone.has(current)) continue;
    for (let again = true; again; ) {
      again = false;
      for (let j = Math.max(0, i - 40); j < sorted.length; j++) {
        const other = sorted[j]!;
        if (other === current || gone.has(other)) continue;
        if (other.baseline - current.baseline > current.size) break;
        if (!adjoin(current, other, gapEm)) continue;
        const merged = toFragment([...current.glyphs, ...other.glyphs].sort((a, b) => a.cell[0] - b.cell[0]));
        gone.add(other);
        sorted[i] = merged;
        current = merged;
        again = true;
      }
    }
  }
  return sorted.filter((fragment) => !gone.has(fragment));
}

function adjoin(a: Fragment, b: Fragment, gapEm: number): boolean {
  const size = Math.max(a.size, b.size);
  const small = Math.min(a.size, b.size);
  const shift = Math.abs(a.baseline - b.baseline);
  const script = small < 0.85 * size;
  if (shift > (script ? 0.55 : 0.12) * size) return false;
  const [left, right] = a.box[0] <= b.box[0] ? [a, b] : [b, a];
  const blank = fullWidthBlank(lastInked(left), right.glyphs[0]!, "box");
  const gap = Math.max(a.box[0], b.box[0]) - Math.min(a.box[2], b.box[2]) - blank;
  return gap <= (script ? Math.min(0.35, gapEm) : 0.9 * gapEm) * size && gap >= -0.3 * size;
}

/** A fragment of glyphs that stand in reading order from left to right. */
export function toFragment(glyphs: Glyph[]): Fragment {
  const inked = glyphs.filter((glyph) => glyph.text !== " ");
  const box = inked.map((glyph) => glyph.box).reduce(union);
  const size = weightedMode(inked, (glyph) => Math.round(glyph.size * 10) / 10);
  const main = inked.filter((glyph) => Math.abs(glyph.size - size) < 0.06);
  const baseline = weightedMode(main.length > 0 ? main : inked, (glyph) => Math.round(glyph.originY * 4) / 4);
  const bold = inked.filter((glyph) => glyph.font.bold).length / inked.length;
  return { text: spell(glyphs), box, baseline, size, font: inked[inked.length >> 1]!.font, boldShare: bold, glyphs };
}

function weightedMode(glyphs: readonly Glyph[], value: (glyph: Glyph) => number): number {
  const counts = new Map<number, number>();
  let best = value(glyphs[0]!);
  for (const glyph of glyphs) {
    const v = value(glyph);
    const count = (counts.get(v) ?? 0) + 1;
    counts.set(v, count);
    if (count > (counts.get(best) ?? 0)) best = v;
  }
  return best;
}

const wide = /[\u2e80-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]/;
const han = /[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]/;

/** The text of glyphs that stand left to right: spaces where the file has them or where the gap says so. */
function spell(glyphs: readonly Glyph[]): string {
  const letterSpacing = medianGap(glyphs);
  let text = "";
  let previous: Glyph | undefined;
  let spaced = false;
  for (const glyph of glyphs) {
    if (glyph.text === " ") {
      spaced = true;
      continue;
    }
    if (previous) {
      const size = Math.min(previous.size, glyph.size);
      const gap = gapBetween(previous, glyph) / (size || 1);
      const bothHan = han.test(previous.text) && han.test(glyph.text);
      const threshold = bothHan
        ? 0.8
        : wide.test(previous.text) || wide.test(glyph.text)
          ? 0.4
          : wordGap + letterSpacing;
      if (gap > threshold || (spaced && !bothHan && gap > -0.2)) text += " ";
    }
    text += glyph.text;
    previous = glyph;
    spaced = false;
  }
  return normalise(text);
}

/** The usual gap between letters in ems: above 0 only where the whole line is letter-spaced. */
function medianGap(glyphs: readonly Glyph[]): number {
  if (glyphs.length < 8) return 0;
  const gaps: number[] = [];
  for (let i = 1; i < glyphs.length && gaps.length < 40; i++) {
    const a = glyphs[i - 1]!;
    const b = glyphs[i]!;
    if (a.text !== " " && b.text !== " ") gaps.push((b.cell[0] - a.cell[2]) / (Math.min(a.size, b.size) || 1));
  }
  if (gaps.length < 6) return 0;
  gaps.sort((a, b) => a - b);
  return Math.min(0.6, Math.max(0, gaps[gaps.length >> 1]!));
}

/** Ligatures, Kangxi radicals, compatibility ideographs and Arabic presentation forms become plain letters. */
export function normalise(text: string): string {
  return text.replace(/[\ufb00-\ufb06\ufb13-\ufb17\u2e80-\u2fdf\uf900-\ufaff\ufb50-\ufdff\ufe70-\ufefc]/gu, (c) =>
    c.normalize("NFKC"),
  );
}
