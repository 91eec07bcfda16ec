import { fuseRankings } from "@loam/search";
import { isNamed, namedFigures } from "../search/named-figures.ts";
import { documentOf } from "./index/edition.ts";
import type { RowFilter } from "./index/search-segments.ts";
import type { Segment } from "./index/segment.ts";
import type { SearchOptions } from "./types.ts";

/** What a search narrows by, for each segment; undefined when it does not. */
export function rowFilter({ documents, pages, kinds }: SearchOptions): RowFilter | undefined {
  if (!documents && !pages && !kinds) return undefined;
  const inDocuments = documents && new Set(documents);
  const ofKinds = kinds && new Set(kinds);
  return (segment) => {
    const places = inDocuments && segment.documents.map((edition) => inDocuments.has(documentOf(edition)));
    return (row) => {
      if (places && !places[segment.placeOf(row)]) return false;
      if (ofKinds && !ofKinds.has(segment.kind(row))) return false;
      if (!pages) return true;
      const [first, last] = segment.pages(row);
      return last >= pages[0] && first <= pages[1];
    };
  };
}

/** Chunks of the figures that the query names, the better found ones first. */
export function namedChunks(
  segments: readonly Segment[],
  query: string,
  { allows, sides }: { allows: RowFilter | undefined; sides: { items: string[]; weight: number }[] },
): string[] {
  const names = namedFigures(query);
  if (names.length === 0) return [];
  const rank = new Map(fuseRankings(sides).map(({ item, score }) => [item, score]));
  const found: string[] = [];
  for (const segment of segments) {
    const allowed = allows?.(segment);
    for (const [row, label] of segment.labels)
      if (segment.isLive(row) && (!allowed || allowed(row)) && names.some((name) => isNamed(label, name)))
        found.push(segment.chunkId(row));
  }
  return found.sort((a, b) => (rank.get(b) ?? 0) - (rank.get(a) ?? 0));
}
