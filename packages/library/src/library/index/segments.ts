import { runInTurns } from "@loam/core";
import { MemorySections, type Values } from "@loam/search";
import { Segment } from "./segment.ts";
import { SegmentBuilder } from "./segment-builder.ts";
import type { PlacedSegment, SegmentFolder } from "./segment-folder.ts";

/** Segments in memory are kept in a file from so many rows on: fewer are made anew faster than it pays to keep them. */
const keptFrom = 256;
/** A segment is small up to here; more than so many small ones become one. */
const smallRows = 16_384;
const smallSegments = 6;
/** Rows that are brought together at most. */
const mergedRows = 65_536;

/**
 * The segments that are searched, and where each document stands in them. Changes happen between two awaits: whoever searches
 * `current` sees all of a change or nothing.
 */
export class Segments {
  readonly #folder: SegmentFolder;
  #placed: readonly PlacedSegment[] = [];
  #current: readonly Segment[] = [];
  readonly #places = new Map<string, { segment: Segment; place: number }>();
  readonly #seen = new Set<string>();

  constructor(folder: SegmentFolder) {
    this.#folder = folder;
  }

  get current(): readonly Segment[] {
    return this.#current;
  }

  has(document: string): boolean {
    return this.#places.has(document);
  }

  /** Opens files that hold any of these documents: those of another process, or of an earlier one. */
  async openKept(missing: ReadonlySet<string>): Promise<void> {
    // Of what this process has opened itself, nothing that another one writes beside it is taken for useless.
    const isFirst = this.#seen.size === 0;
    for (const file of await this.#folder.list()) {
      if (this.#seen.has(file)) continue;
      this.#seen.add(file);
      const placed = await this.#folder.open(file);
      if (!placed) continue;
      const wanted = (document: string) => missing.has(document) && !this.has(document);
      if (placed.segment.documents.some(wanted)) this.#take(placed, wanted);
      else if (isFirst) await this.#folder.remove(file);
    }
  }

  /** Takes out documents. */
  async drop(documents: Iterable<string>): Promise<void> {
    const places = new Map<Segment, Set<number>>();
    for (const document of documents) {
      const known = this.#places.get(document);
      if (!known) continue;
      this.#places.delete(document);
      const own = places.get(known.segment);
      if (own) own.add(known.place);
      else places.set(known.segment, new Set([known.place]));
    }
    for (const [segment, dropped] of places) segment.drop(dropped);
    const empty = this.#placed.filter(({ segment }) => segment.liveRows === 0);
    if (empty.length === 0) return;
    this.#set(this.#placed.filter(({ segment }) => segment.liveRows > 0));
    for (const { file } of empty) if (file !== undefined) await this.#folder.remove(file);
  }

  get documents(): IterableIterator<string> {
    return this.#places.keys();
  }

  /** Adds what was gathered; with few rows, together with what lies in memory. */
  async add(builder: SegmentBuilder): Promise<void> {
    const inMemory = this.#placed.filter(({ file }) => file === undefined);
    const rows = inMemory.reduce((sum, { segment }) => sum + segment.liveRows, builder.size);
    const whole = inMemory.length === 0 ? builder : await gathered([...inMemory], builder);
    const arrays = whole.arrays();
    const placed = rows >= keptFrom ? await this.#write(arrays) : undefined;
    this.#replace(inMemory, placed ?? inMemoryOnly(arrays));
  }

  /** Brings small segments, and those of which most is gone, together. */
  async tend(): Promise<void> {
    const files = this.#placed.filter(({ file }) => file !== undefined);
    const small = files.filter(({ segment }) => segment.liveRows <= smallRows);
    const chosen = small.length > smallSegments ? small : [];
    for (const placed of files)
      if (placed.segment.liveRows * 2 < placed.segment.size && !chosen.includes(placed)) chosen.push(placed);
    chosen.sort((a, b) => a.segment.liveRows - b.segment.liveRows);
    let rows = 0;
    const merged = chosen.filter(({ segment }) => (rows += segment.liveRows) <= mergedRows);
    if (merged.length === 0) return;
    const builder = await gathered(merged);
    const placed = await this.#write(builder.arrays());
    if (!placed) return;
    this.#replace(merged, placed);
    for (const { file } of merged) await this.#folder.remove(file!);
  }

  async #write(arrays: ReadonlyMap<string, Values>): Promise<PlacedSegment | undefined> {
    const placed = await this.#folder.write(arrays);
    if (placed) this.#seen.add(placed.file!);
    return placed;
  }

  /** Puts a segment in the place of others; what was dropped from those meanwhile is dropped from it. */
  #replace(old: readonly PlacedSegment[], placed: PlacedSegment): void {
    const gone = new Set(old.map(({ segment }) => segment));
    const isLive = (document: string) => {
      const known = this.#places.get(document);
      return known === undefined ? !wasIn(document) : gone.has(known.segment);
    };
    const before = new Set(old.flatMap(({ segment }) => segment.documents));
    const wasIn = (document: string) => before.has(document);
    this.#set(this.#placed.filter((one) => !gone.has(one.segment)));
    this.#take(placed, isLive);
  }

  #take(placed: PlacedSegment, wanted: (document: string) => boolean): void {
    const { segment } = placed;
    const dropped = new Set<number>();
    for (const [place, document] of segment.documents.entries()) {
      if (wanted(document)) this.#places.set(document, { segment, place });
      else dropped.add(place);
    }
    if (dropped.size > 0) segment.drop(dropped);
    if (segment.liveRows > 0) this.#set([...this.#placed, placed]);
  }

  #set(placed: readonly PlacedSegment[]): void {
    this.#placed = placed;
    this.#current = placed.map(({ segment }) => segment);
  }
}

const inMemoryOnly = (arrays: Map<string, Values>): PlacedSegment => ({
  segment: new Segment(new MemorySections(arrays)),
});

/** The live rows of segments, in a builder of their own or behind what one holds. */
async function gathered(placed: readonly PlacedSegment[], builder?: SegmentBuilder): Promise<SegmentBuilder> {
  const whole = builder ?? new SegmentBuilder(placed[0]!.segment.dims);
  const steps = function* () {
    for (const { segment } of placed) yield* whole.addAll(segment);
    return whole;
  };
  return await runInTurns(steps(), { what: "bringing the index together" });
}
