import type { OnProgress } from "@loam/core";
import type { Embedder } from "@loam/models";
import type { CompareRankingsOptions, RankingComparison } from "../evaluate/compare-rankings.ts";
import type { SkippedRows } from "../items/catalogue.ts";
import type { CatalogueColumns } from "../items/catalogue-columns.ts";
import type { CatalogueField } from "../items/catalogue-fields.ts";
import type { FeedbackKind, OpenRecommenderOptions, Recommender } from "../recommender/recommender-types.ts";
import type { CatalogueMap } from "./catalogue-map.ts";

/** A catalogue in the store. */
export interface CatalogueRecord {
  id: string;
  name: string;
  fileName: string;
  items: number;
  /** Rows of the file that were left out. */
  skipped: SkippedRows;
  /** Which columns were read as what. */
  columns: Partial<Record<CatalogueField, readonly string[]>>;
  /** What the file of ratings held; undefined without one. */
  ratings?: { fileName: string; ratings: number; readers: number; unknownItems: number; badRows: number };
  /** How many items have vectors, by embedder. */
  embedded: Record<string, number>;
  createdAt: Date;
}

export interface AddCatalogueOptions {
  /** What to call it; the file's name without its ending when left out. */
  name?: string;
  /** The file's name, when `path` is a temporary one. */
  fileName?: string;
  columns?: CatalogueColumns;
  /** A file of ratings (see `readRatings`). Rows that cannot be read are counted. */
  ratings?: string;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

export interface FeedbackRecord {
  item: string;
  kind: Exclude<FeedbackKind, "clear">;
  updatedAt: Date;
}

export interface OpenCatalogueOptions
  extends Pick<OpenRecommenderOptions, "collaborativeWeight" | "collaborativeItems" | "signal" | "onProgress"> {
  /** Used when the items have vectors by it. */
  embedder?: Embedder;
}

/** Catalogues in the store: imported once, then opened without reading or embedding anything again. */
export interface Catalogues {
  list(): Promise<CatalogueRecord[]>;
  /** By name or id. @throws {NotFoundError} */
  get(name: string): Promise<CatalogueRecord>;
  /**
   * Imports a file. The same file again costs nothing; another one under the same name takes its place when it is complete,
   * and feedback stays. Cancelled or broken off, what was there stays as it was.
   *
   * @throws {InputError} as `readCatalogue`, and `catalogue_name_taken` never: a name is replaced.
   */
  add(path: string, options?: AddCatalogueOptions): Promise<CatalogueRecord>;
  /** Embeds the items that have no vector by this embedder yet; broken off, it goes on where it was. */
  embed(
    name: string,
    embedder: Embedder,
    options?: { signal?: AbortSignal; onProgress?: OnProgress },
  ): Promise<CatalogueRecord>;
  /** The recommender of a catalogue, with the feedback given so far. Kept open: the second time costs little. */
  open(name: string, options?: OpenCatalogueOptions): Promise<Recommender>;
  /**
   * Holds ratings out and compares five ways to recommend by them; see `compareRankings`.
   *
   * @throws {ArgumentError} for a catalogue without ratings.
   */
  compareRankings(name: string, options?: CompareRankingsOptions): Promise<RankingComparison>;
  /** Records feedback; an open recommender follows at once. @throws {NotFoundError} when there is no such item. */
  giveFeedback(name: string, item: string, kind: FeedbackKind, options?: { reader?: string }): Promise<void>;
  /** What a reader said, the latest first. */
  feedback(name: string, options?: { reader?: string }): Promise<FeedbackRecord[]>;
  /** The items in a plane, laid out once and kept. */
  map(name: string, options?: OpenCatalogueOptions): Promise<CatalogueMap>;
  /** Removes a catalogue with all that belongs to it. */
  remove(name: string): Promise<void>;
}
