import { searchTerms, TopK } from "@loam/search";
import type { Segment } from "./segment.ts";

/** Saturation of repeated terms, and how far long texts are discounted. */
const [k1, b] = [1.2, 0.75];
/** Up to so many rows every vector is scored exactly. */
const exactBelow = 4_096;
/** How many more candidates than asked for the scan hands to the exact scoring. */
const rescoreFactor = 10;
const rescoreFloor = 100;
/** Longest stretch of scanning before others get their turn. */
const turnMs = 15;

/** Which rows of a segment may be found; undefined when all may. */
export type RowFilter = (segment: Segment) => ((row: number) => boolean) | undefined;

export interface FoundRow {
  segment: Segment;
  row: number;
  score: number;
}

interface SegmentSearch {
  k: number;
  allows?: RowFilter;
}

/** Rows of several segments under one number. */
class Numbering {
  readonly #segments: readonly Segment[];
  readonly #bases: number[] = [];
  readonly size: number = 0;

  constructor(segments: readonly Segment[]) {
    this.#segments = segments;
    for (const segment of segments) {
      this.#bases.push(this.size);
      this.size += segment.size;
    }
  }

  *[Symbol.iterator](): Generator<[segment: Segment, base: number]> {
    for (const [i, segment] of this.#segments.entries()) yield [segment, this.#bases[i]!];
  }

  rowOf(number: number): { segment: Segment; row: number } {
    let i = this.#bases.length - 1;
    while (this.#bases[i]! > number) i--;
    return { segment: this.#segments[i]!, row: number - this.#bases[i]! };
  }
}

/** How many live rows hold a term. */
export function frequencyOf(segments: readonly Segment[], term: string): number {
  let rows = 0;
  for (const segment of segments) {
    const id = segment.words.idOf(term);
    if (id !== undefined) rows += segment.liveFrequency(id);
  }
  return rows;
}

/** ln(1 + (N − n + ½) / (n + ½)), where n of N rows hold the term; a term that none holds counts as held once. */
export function idfOf(segments: readonly Segment[], term: string): number {
  return idf(liveRows(segments), Math.max(1, frequencyOf(segments, term)));
}

const idf = (rows: number, held: number): number => Math.log(1 + (rows - held + 0.5) / (held + 0.5));

function liveRows(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + segment.liveRows, 0);
}

/**
 * The k rows that answer the query best by BM25, counted over all segments as if they were one; rows that share no term with
 * it are not among them.
 */
export function searchWords(segments: readonly Segment[], query: string, { k, allows }: SegmentSearch): FoundRow[] {
  const rows = liveRows(segments);
  const length = segments.reduce((sum, segment) => sum + segment.liveLength, 0);
  const average = Math.max(1, length / Math.max(1, rows));
  const terms = [...new Set(searchTerms(query))].map((term) => {
    const held = segments.map((segment) => segment.words.idOf(term));
    const frequency = held.reduce<number>(
      (sum, id, i) => sum + (id === undefined ? 0 : segments[i]!.liveFrequency(id)),
      0,
    );
    return { held, idf: idf(rows, Math.max(1, frequency)) };
  });
  const numbering = new Numbering(segments);
  const best = new TopK(k);
  let at = 0;
  for (const [segment, base] of numbering) {
    const place = at++;
    if (terms.every(({ held }) => held[place] === undefined)) continue;
    const scores = new Float32Array(segment.size);
    const { lengths } = segment.words;
    for (const { held, idf } of terms) {
      const id = held[place];
      if (id === undefined) continue;
      const { rows: holding, weights } = segment.words.rowsOf(id);
      for (let i = 0; i < holding.length; i++) {
        const row = holding[i]!;
        const count = weights[i]!;
        scores[row]! += (idf * count * (k1 + 1)) / (count + k1 * (1 - b + (b * lengths[row]!) / average));
      }
    }
    const allowed = allows?.(segment);
    for (let row = 0; row < scores.length; row++) {
      const score = scores[row]!;
      if (score > 0 && score > best.threshold && segment.isLive(row) && (!allowed || allowed(row)))
        best.offer(base + row, score);
    }
  }
  return best.sorted().map(({ id, score }) => ({ ...numbering.rowOf(id), score }));
}

/**
 * The k rows most similar to a unit vector, best first, scored by exact float32 dot products: all of them where they are few,
 * else the best ten times k of a scan in eight bits.
 */
export async function searchVectors(
  segments: readonly Segment[],
  query: Float32Array,
  { k, allows }: SegmentSearch,
): Promise<FoundRow[]> {
  const numbering = new Numbering(segments);
  const best = new TopK(k);
  if (numbering.size <= exactBelow) {
    for (const [segment, base] of numbering) {
      const allowed = allows?.(segment);
      const vectors = segment.vectors(0, segment.size);
      for (let row = 0; row < segment.size; row++)
        if (segment.isLive(row) && (!allowed || allowed(row)))
          best.offer(base + row, dot(query, vectors, row * segment.dims));
    }
  } else {
    const candidates = new TopK(Math.max(k * rescoreFactor, rescoreFloor));
    let turnEnds = performance.now() + turnMs;
    for (const [segment, base] of numbering) {
      const allowed = allows?.(segment);
      for (const { first, rows, dots, scales } of segment.scan(query)) {
        for (let i = 0; i < rows; i++) {
          const score = dots[i]! * scales[i]!; // the query's own scale changes no order
          const row = first + i;
          if (score > candidates.threshold && segment.isLive(row) && (!allowed || allowed(row)))
            candidates.offer(base + row, score);
        }
        if (performance.now() < turnEnds) continue;
        await new Promise(setImmediate);
        turnEnds = performance.now() + turnMs;
      }
    }
    for (const { id } of candidates.sorted()) {
      const { segment, row } = numbering.rowOf(id);
      best.offer(id, dot(query, segment.vectors(row), 0));
    }
  }
  return best.sorted().map(({ id, score }) => ({ ...numbering.rowOf(id), score }));
}

function dot(query: Float32Array, vectors: Float32Array, from: number): number {
  let sum = 0;
  for (let i = 0; i < query.length; i++) sum += query[i]! * vectors[from + i]!;
  return sum;
}
