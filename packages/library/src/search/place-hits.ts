import type { Page, Place } from "@loam/pdf";
import { coveredShare } from "@loam/pdf";
import type { Store } from "@loam/store";
import type { SearchHit } from "../library/types.ts";
import { readPage } from "../records/records.ts";

/** Hits with the place of each in its file where that has no pages of its own: the slide, the sheet, the lines. */
export async function placeHits(db: Store["db"], hits: readonly SearchHit[]): Promise<SearchHit[]> {
  const pages = new Map<string, Promise<Page | undefined>>();
  return Promise.all(
    hits.map(async (hit) => {
      const { page: number } = hit.chunk.regions[0] ?? {};
      if (number === undefined) return hit;
      const key = `${hit.document} ${number}`;
      if (!pages.has(key)) pages.set(key, readPage(db, hit.document, number));
      const page = await pages.get(key);
      const place = page && placeOf(hit, page);
      return place ? { ...hit, place } : hit;
    }),
  );
}

/** The place of the first line of a hit on its page, up to the last one where lines are numbered. */
function placeOf({ chunk }: SearchHit, page: Page): Place | undefined {
  const boxes = chunk.regions.flatMap(({ page: number, box }) => (number === page.number ? [box] : []));
  const places = page.blocks
    .flatMap(({ lines }) => lines)
    .flatMap(({ box, place }) => (place && boxes.some((own) => coveredShare(box, own) > 0.5) ? [place] : []));
  const [first] = places;
  if (!first) return undefined;
  const last = places.at(-1)!;
  // A table is found by its sheet: its rows have cells of their own.
  const { cells, ...rest } = first;
  if (cells && last.cells && last.cells !== cells)
    return { ...rest, cells: `${cells.split(":")[0]}:${last.cells.split(":").at(-1)}` };
  return first.lines && last.lines ? { ...first, lines: [first.lines[0], last.lines[1]] } : first;
}
