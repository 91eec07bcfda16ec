import type { OnProgress } from "@loam/core";
import type { Embedder } from "@loam/models";
import type { CatalogueItem, SkippedRows } from "../items/catalogue.ts";
import type { ItemList } from "../items/item-list.ts";
import type { Rating } from "../items/ratings.ts";
import type { ModelCache } from "../model/collaborative.ts";
import type { ItemVectors } from "../model/item-vectors.ts";

/** What a reader says of an item. `clear` takes it back. */
export type FeedbackKind = "like" | "dislike" | "seen" | "clear";

export interface RecommendFilters {
  /** As the catalogue writes them. */
  languages?: readonly string[];
  authors?: readonly string[];
  /** Any of these. */
  tags?: readonly string[];
  /** First and last year. */
  years?: readonly [from: number, to: number];
  minRating?: number;
}

export interface RecommendOptions {
  n?: number;
  filters?: RecommendFilters;
  /** 0 ranks by score alone, towards 1 the items differ more and more from each other (MMR). */
  diversity?: number;
  /** At most so many items of one author. */
  perAuthor?: number;
  /** Whose feedback and ratings count: what they disliked or have seen is left out. */
  user?: string;
}

/** Words of an item that speak for it, as the item writes them. */
export interface Match {
  field: "title" | "author" | "tag" | "description" | "liked";
  text: string;
}

/**
 * What an item is recommended for beyond its matches: its words, its meaning, the readers of what was given, the reader's
 * taste, being liked by many, or its rating.
 */
export type Basis = "words" | "meaning" | "readers" | "taste" | "popular" | "rated" | "unknown";

export interface Recommendation {
  /** The item's place in the catalogue. */
  row: number;
  item: CatalogueItem;
  /** What the list is sorted by; comparable within one list. */
  score: number;
  /**
   * In [0, 1]: the cosine of the embeddings, or without an embedder that of the weighted words; against the reader's liked
   * items as one text for `forUser`.
   */
  similarity: number;
  matches: readonly Match[];
  basis: Basis;
  /** The matches as a phrase: `tags “robots”, “loneliness”; title “Machine”`. */
  reason: string;
}

/** What a reader has had, beside their ratings and feedback: ids or titles. */
export interface ReadingHistory {
  user?: string;
  liked?: readonly string[];
  disliked?: readonly string[];
  seen?: readonly string[];
}

export interface OpenRecommenderOptions {
  /** A file (see `readCatalogue`) or the items themselves. */
  catalogue: string | ItemList;
  /** Adds likeness of meaning to that of words. */
  embedder?: Embedder;
  /** The items' vectors by that embedder, in their order; made at opening when left out. */
  vectors?: ItemVectors;
  /** A file (see `readRatings`) or the ratings themselves. */
  ratings?: string | Iterable<Rating>;
  /** A rating from here on is a like: 4, or 7 where ratings go beyond 5. */
  likedFrom?: number;
  /** How much the embeddings count beside the words, in [0, 1]. */
  embeddingWeight?: number;
  /** How much readers with the same taste count beside the content, in [0, 1]. */
  collaborativeWeight?: number;
  /**
   * So many of the most liked items get EASE^R weights (memory grows with the square, time with the cube); the others are
   * compared by the cosine of their readers.
   */
  collaborativeItems?: number;
  /** Where the item–item weights are kept between starts. */
  modelCache?: ModelCache;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/** What was read, and what was left out of it. */
export interface RecommenderReport {
  items: number;
  /** Items of which more than title and authors is known. */
  described: number;
  skipped: SkippedRows;
  ratings: number;
  ratingsOfUnknownItems: number;
  users: number;
  /** Items with item–item weights. */
  collaborativeItems: number;
  embedder: string | undefined;
}

export interface Recommender {
  readonly items: ItemList;
  readonly report: RecommenderReport;
  /** The items' meaning, by row; undefined without an embedder. */
  readonly vectors: ItemVectors | undefined;
  /** Items about what is asked for. */
  fromText(query: string, options?: RecommendOptions & { signal?: AbortSignal }): Promise<Recommendation[]>;
  /** Items like this one, given by its id or title. */
  similarTo(item: string, options?: RecommendOptions): Recommendation[];
  /** Items for a reader: a user of the ratings or feedback, or a history. One without any gets the most liked items. */
  forUser(history: string | ReadingHistory, options?: Omit<RecommendOptions, "user">): Recommendation[];
  /** Whether the ratings or feedback say anything of a user. */
  knows(user: string): boolean;
  /** An item by its id or title. */
  item(name: string): CatalogueItem;
  /** Takes effect with the next call. */
  feedback(item: string, kind: FeedbackKind, options?: { user?: string }): void;
  /** Puts this in the place of all feedback so far. Items that the catalogue does not have are passed over. */
  setFeedback(given: Iterable<{ user: string; item: string; kind: FeedbackKind }>): void;
}
