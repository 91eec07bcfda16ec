import { unionAll } from "../../boxes/boxes.ts";
import type { Box } from "../../document.ts";
import type { Fragment } from "./fragment.ts";

/** A printed line within one column. */
export interface Line {
  text: string;
  box: Box;
  baseline: number;
  size: number;
  boldShare: number;
  italicShare: number;
  mono: boolean;
  fragments: Fragment[];
}

/** Joins the fragments of one column into lines, top to bottom. */
export function buildLines(fragments: readonly Fragment[]): Line[] {
  const rows: Fragment[][] = [];
  for (const fragment of [...fragments].sort((a, b) => a.baseline - b.baseline)) {
    const row = rows.findLast((candidate) => sameRow(candidate, fragment));
    if (row) row.push(fragment);
    else rows.push([fragment]);
  }
  return rows.map(toLine).sort((a, b) => a.baseline - b.baseline);
}

function sameRow(row: readonly Fragment[], fragment: Fragment): boolean {
  return row.some((other) => {
    const size = Math.min(other.size, fragment.size);
    const big = Math.max(other.size, fragment.size);
    const shift = Math.abs(other.baseline - fragment.baseline);
    const apart = other.box[2] <= fragment.box[0] + 0.3 * size || fragment.box[2] <= other.box[0] + 0.3 * size;
    return apart && shift <= (size < 0.85 * big ? 0.5 * big : 0.35 * size);
  });
}

export function toLine(row: readonly Fragment[]): Line {
  const fragments = [...row].sort((a, b) => a.box[0] - b.box[0]);
  const main = fragments.reduce((best, fragment) => (fragment.glyphs.length > best.glyphs.length ? fragment : best));
  const total = fragments.reduce((sum, fragment) => sum + fragment.glyphs.length, 0);
  const share = (of: (fragment: Fragment) => number) =>
    fragments.reduce((sum, fragment) => sum + of(fragment) * fragment.glyphs.length, 0) / total;
  return {
    text: readingOrder(fragments.map((fragment) => fragment.text)),
    box: unionAll(fragments.map((fragment) => fragment.box)),
    baseline: main.baseline,
    size: main.size,
    boldShare: share((fragment) => fragment.boldShare),
    italicShare: share((fragment) => (fragment.font.italic ? 1 : 0)),
    mono: main.font.mono,
    fragments,
  };
}

const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/gu;
const leftToRight = /[A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u04ff\u4e00-\u9fff]/gu;

/** The pieces of a line from left to right become text in the order in which it is read. */
export function readingOrder(pieces: readonly string[]): string {
  const visual = pieces.join(" ");
  const rtl = visual.match(rightToLeft)?.length ?? 0;
  if (rtl === 0) return visual;
  const ltr = visual.match(leftToRight)?.length ?? 0;
  return visualToLogical(visual, rtl >= ltr ? "rtl" : "ltr");
}

/**
 * Undoes the display order of the bidirectional algorithm (UAX #9) for one line, two levels deep: letters of
 * right-to-left scripts are turned around, numbers and left-to-right words among them keep their order.
 */
export function visualToLogical(visual: string, base: "rtl" | "ltr"): string {
  const characters = [...visual];
  const kinds = characters.map((c) =>
    /[\u0590-\u065f\u066a-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u.test(c)
      ? "R"
      : /[\p{L}\p{N}]/u.test(c)
        ? "L"
        : "N",
  );
  const runKind = base === "rtl" ? "L" : "R";
  const runs: { text: string[]; turned: boolean }[] = [];
  for (let i = 0; i < characters.length; ) {
    const inRun = kinds[i] === runKind;
    let end = i + 1;
    if (inRun) {
      // Neutral characters inside a run belong to it.
      for (let j = i + 1; j < characters.length && (kinds[j] === runKind || kinds[j] === "N"); j++) {
        if (kinds[j] === runKind) end = j + 1;
      }
    } else while (end < characters.length && kinds[end] !== runKind) end++;
    runs.push({ text: characters.slice(i, end), turned: inRun });
    i = end;
  }
  if (base === "ltr") return runs.map(({ text, turned }) => (turned ? text.reverse() : text).join("")).join("");
  return runs
    .reverse()
    .map(({ text, turned }) => (turned ? text : text.reverse()).join(""))
    .join("");
}
