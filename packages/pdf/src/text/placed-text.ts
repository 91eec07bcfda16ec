import type { Box, Place } from "../document.ts";
import { unionBox } from "./box.ts";

/** A printed line and where it stands. */
export interface PlacedLine {
  page: number;
  text: string;
  box: Box;
  place?: Place;
}

/** Where a quote stands. */
export interface QuotePlace {
  page: number;
  box: Box;
  place?: Place;
}

/** Pieces of a quote that are looked for when the whole is not found letter for letter. */
const seedLength = 12;

/**
 * Lines of text that know where they stand, so that a quote from the joined text can be boxed. Letters and digits
 * alone are compared (NFKC, lower case): joined hyphens, ligatures and spacing make no difference.
 */
export class PlacedText {
  readonly #lines: readonly PlacedLine[];
  readonly #letters: string;
  /** The line of each letter. */
  readonly #lineOf: number[] = [];

  constructor(lines: readonly PlacedLine[]) {
    this.#lines = lines;
    let letters = "";
    lines.forEach(({ text }, i) => {
      const own = lettersOf(text);
      letters += own;
      for (let n = 0; n < own.length; n++) this.#lineOf.push(i);
    });
    this.#letters = letters;
  }

  /**
   * Where `quote` stands: one box for each page it touches (and for each column, where the lines jump), around
   * exactly the lines that hold it. Empty when it is not there.
   */
  locate(quote: string): QuotePlace[] {
    const needle = lettersOf(quote);
    if (needle.length === 0) return [];
    const at = this.#letters.indexOf(needle);
    const [from, to] = at >= 0 ? [at, at + needle.length] : this.#locateRoughly(needle);
    if (to <= from) return [];
    const found: PlacedLine[] = this.#lines.slice(this.#lineOf[from], this.#lineOf[to - 1]! + 1);
    const places: (QuotePlace & { last: Box })[] = [];
    for (const { page, box, place: own } of found) {
      const place = places.at(-1);
      if (place && place.page === page && follows(place.last, box)) {
        place.box = unionBox(place.box, box);
        place.last = box;
        if (place.place && own) place.place = joinPlaces(place.place, own);
      } else {
        places.push({ page, box, last: box, ...(own && { place: own }) });
      }
    }
    return places.map(({ last: _, ...place }) => place);
  }

  /** The stretch that holds the pieces of the needle that are found near each other, if half of them are. */
  #locateRoughly(needle: string): [from: number, to: number] {
    const found: { at: number; start: number }[] = [];
    let pieces = 0;
    for (let i = 0; i + seedLength <= needle.length; i += seedLength / 2, pieces++) {
      const at = this.#letters.indexOf(needle.slice(i, i + seedLength));
      if (at >= 0) found.push({ at, start: at - i });
    }
    found.sort((a, b) => a.start - b.start);
    const middle = found[Math.floor(found.length / 2)]?.start;
    const near = found.filter(({ start }) => Math.abs(start - middle!) < needle.length / 2).map(({ at }) => at);
    if (near.length < Math.max(1, pieces / 2)) return [0, 0];
    return [Math.min(...near), Math.max(...near) + seedLength];
  }
}

/** The place of two neighbours: from the first line of one to the last of the other. */
function joinPlaces(a: Place, b: Place): Place {
  if (!a.lines || !b.lines) return a;
  return { ...a, lines: [Math.min(a.lines[0], b.lines[0]), Math.max(a.lines[1], b.lines[1])] };
}

/** Whether a line stands under (or on) the line before it, rather than at the top of another column. */
function follows(before: Box, line: Box): boolean {
  const overlap = Math.min(before[2], line[2]) - Math.max(before[0], line[0]);
  return line[3] >= before[1] && (overlap > 0 || Math.abs(line[1] - before[1]) < (before[3] - before[1]) / 2);
}

function lettersOf(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "");
}
