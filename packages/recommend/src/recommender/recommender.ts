import { ArgumentError, NotFoundError, nearestName } from "@loam/core";
import type { Embedder } from "@loam/models";
import { readsChinese, TopK, vectorWeight } from "@loam/search";
import type { CatalogueItem } from "../items/catalogue.ts";
import { damped } from "../items/damped.ts";
import type { ItemList } from "../items/item-list.ts";
import { itemFeatures, itemWords, queryTerms, workKey } from "../items/item-terms.ts";
import { type Collaborative, unratedShare } from "../model/collaborative.ts";
import type { ItemVectors } from "../model/item-vectors.ts";
import { weightedCosine } from "../model/weighted-index.ts";
import type { CatalogueIndex } from "./catalogue-index.ts";
import { type Candidate, diversify } from "./diversify.ts";
import { matchesOf, reasonOf, sharedMatches } from "./matches.ts";
import { type ReadQuery, readQuery } from "./read-query.ts";
import type {
  Basis,
  FeedbackKind,
  Match,
  ReadingHistory,
  Recommendation,
  Recommender,
  RecommenderReport,
  RecommendOptions,
} from "./recommender-types.ts";
import { checkShare, scaled } from "./shares.ts";

/** Up to this size a misspelt title is compared with all titles. */
const comparedTitles = 20_000;
/** How much a disliked item speaks against its like, beside a liked one for its own. */
const dislikeWeight = 0.5;
/** Candidates that diversity chooses from, for each item asked for. */
const diversityPool = 10;
/**
 * What an item nobody has liked yet gets for the missing part of its score, beside its content: half of it where others are
 * like a book; less for a reader, whom those that readers of the same taste liked suit better (docs/decisions/0690).
 */
const unratedShares = { book: 0.5, reader: unratedShare };

/** What a text says of a book it wants others to be like, beside what else it says. */
const likeShare = 0.5;

interface NarrowedOptions extends RecommendOptions {
  /** Asked last, of what would be among the best: it reads the item. */
  allows?: (row: number) => boolean;
}

/** How each item stands to what was asked: the score it is ranked by, and how it is told. */
interface Ranking {
  scores: Float64Array;
  similarity(row: number): number;
  matches(row: number): readonly Match[];
  basis(row: number): Basis;
}

/** What a recommender is made of. */
export interface RecommenderParts {
  index: CatalogueIndex;
  embedder: Embedder | undefined;
  vectors: ItemVectors | undefined;
  collaborative: Collaborative | undefined;
  embeddingWeight: number;
  collaborativeWeight: number;
  report: RecommenderReport;
}

export class CatalogueRecommender implements Recommender {
  readonly items: ItemList;
  readonly report: RecommenderReport;
  readonly #parts: RecommenderParts;
  readonly #index: CatalogueIndex;
  /** Whether the embedder reads every script of the catalogue. */
  readonly #readsAll: boolean;
  readonly #feedback = new Map<string, Map<number, FeedbackKind>>();

  constructor(items: ItemList, parts: RecommenderParts) {
    this.items = items;
    this.report = parts.report;
    this.#parts = parts;
    this.#index = parts.index;
    this.#readsAll = !parts.embedder || parts.index.chinese === 0 || readsChinese(parts.embedder);
  }

  get vectors(): ItemVectors | undefined {
    return this.#parts.vectors;
  }

  /** @throws {ArgumentError} for an empty query. */
  async fromText(query: string, options: RecommendOptions & { signal?: AbortSignal } = {}): Promise<Recommendation[]> {
    if (query.trim() === "")
      throw new ArgumentError("query", query, "what to look for", "describe a book in a few words");
    const index = this.#index;
    const read = readQuery(query, { rowOfTitle: (title) => index.rowOfTitle(title), languages: index.languages });
    const narrowed: NarrowedOptions = {
      ...options,
      filters: { ...read.filters, ...options.filters },
      allows: this.#allowsAround(read),
    };
    if (read.wanted !== "") return this.#pick(await this.#aboutText(read, options), narrowed);
    if (read.like !== undefined) return this.#pick(this.#likeRow(read.like), narrowed, new Set([read.like]));
    // Nothing is wanted but years, a language, or the absence of something: what readers think of the rest decides.
    return this.#pick(this.#mostLiked(new Set()), narrowed);
  }

  /** How items fit a text, and the item it wants them to be like. */
  async #aboutText(
    { wanted: query, like }: ReadQuery,
    options: RecommendOptions & { signal?: AbortSignal },
  ): Promise<Ranking> {
    const { embedder, vectors } = this.#parts;
    const terms = new Set(queryTerms(query));
    const asked = new Map([...terms].map((term) => [term, 1]));
    const scores = scaled(this.#index.score(query));
    let similarity = (row: number): number =>
      weightedCosine(asked, itemWords(this.#item(row)), (term) => this.#index.idf(term));
    const weight = embedder && vectors ? this.#parts.embeddingWeight * vectorWeight(query, embedder) : 0;
    // Vectors of items in a script that the embedder does not read mean nothing.
    const isRead = (row: number): boolean => this.#readsAll || !this.#index.isChinese(row);
    const byMeaning = weight > 0 && (this.#readsAll || this.#index.chinese < scores.length);
    if (byMeaning) {
      const [vector] = await embedder!.embed([query], { signal: options.signal });
      const cosines = vectors!.cosines(vector!);
      const byWords = similarity;
      similarity = (row) => (isRead(row) ? unit(cosines[row]!) : byWords(row));
      for (let row = 0; row < scores.length; row++)
        scores[row] = (1 - weight) * scores[row]! + (isRead(row) ? weight * Math.max(0, cosines[row]!) : 0);
    }
    if (like !== undefined) {
      const alike = this.#likeRow(like);
      return {
        ...alike,
        scores: scaled(scores).map((score, row) => (1 - likeShare) * score + likeShare * alike.scores[row]!),
        matches: (row) => [...matchesOf(this.#item(row), terms), ...alike.matches(row)],
      };
    }
    return {
      scores,
      similarity,
      matches: (row) => matchesOf(this.#item(row), terms),
      basis: () => (byMeaning ? "meaning" : "words"),
    };
  }

  /** What passes beside a text: no edition of the item named in it, and nothing about what is not wanted. */
  #allowsAround({ like, without }: ReadQuery): ((row: number) => boolean) | undefined {
    if (like === undefined && without.length === 0) return undefined;
    const named = like === undefined ? undefined : editionOf(this.#item(like));
    const phrases = without.map(queryTerms).filter((terms) => terms.length > 0);
    return (row) => {
      if (row === like) return false;
      const item = this.#item(row);
      if (named !== undefined && editionOf(item) === named) return false;
      if (phrases.length === 0) return true;
      const words = itemWords(item);
      return !phrases.some((terms) => terms.every((term) => words.has(term)));
    };
  }

  similarTo(name: string, options: RecommendOptions = {}): Recommendation[] {
    const row = this.#row(name);
    return this.#pick(this.#likeRow(row), options, new Set([row]));
  }

  #likeRow(row: number): Ranking {
    const item = this.#item(row);
    const { features } = this.#index;
    const { collaborative, collaborativeWeight } = this.#parts;
    const content = features.score(damped(itemFeatures(item)));
    content[row] = 0;
    const isLiked = collaborative !== undefined && collaborative.likes(row) > 0;
    const scores = this.#blend(scaled(content), isLiked ? collaborative.score([row]) : undefined, {
      unratedShare: unratedShares.book,
    });
    return {
      scores,
      similarity: (other) => features.rowCosine(row, other),
      matches: (other) => sharedMatches(item, this.#item(other), (feature) => features.idf(feature)),
      basis: () => (isLiked && collaborativeWeight > 0 ? "readers" : "words"),
    };
  }

  forUser(given: string | ReadingHistory, options: Omit<RecommendOptions, "user"> = {}): Recommendation[] {
    const history = typeof given === "string" ? { user: given } : given;
    const { liked, disliked, read, had } = this.#historyOf(history);
    const { collaborative } = this.#parts;
    if (liked.size === 0) return this.#pick(this.#mostLiked(disliked), options, had);
    const profile = new Map<string, number>();
    const learn = (row: number, sign: number) => {
      for (const [feature, weight] of damped(itemFeatures(this.#item(row))))
        profile.set(feature, (profile.get(feature) ?? 0) + sign * weight);
    };
    for (const row of liked) learn(row, 1);
    const taste = new Map(profile);
    for (const row of disliked) learn(row, -dislikeWeight);
    const together = collaborative?.score(liked, read);
    if (together && disliked.size > 0) {
      const against = collaborative!.score(disliked);
      for (let row = 0; row < together.length; row++) together[row]! -= dislikeWeight * against[row]!;
    }
    const content = this.#index.features.score(profile);
    for (const row of had) content[row] = 0;
    const isKnownTaste = [...liked].some((row) => (collaborative?.likes(row) ?? 0) > 0);
    const scores = this.#blend(scaled(content), isKnownTaste ? together : undefined, {
      without: had,
      unratedShare: unratedShares.reader,
    });
    return this.#pick(
      {
        scores,
        similarity: (row) => this.#index.features.cosine(taste, itemFeatures(this.#item(row))),
        matches: (row) => this.#likedReasons(row, liked),
        basis: () => "taste",
      },
      options,
      had,
    );
  }

  knows(user: string): boolean {
    const { liked, disliked, had } = this.#historyOf({ user });
    return liked.size + disliked.size + had.size > 0;
  }

  feedback(name: string, kind: FeedbackKind, { user = "" }: { user?: string } = {}): void {
    const row = this.#row(name);
    const given = this.#feedback.get(user) ?? new Map<number, FeedbackKind>();
    this.#feedback.set(user, given);
    given.delete(row); // what is said last stands last
    if (kind !== "clear") given.set(row, kind);
  }

  setFeedback(given: Iterable<{ user: string; item: string; kind: FeedbackKind }>): void {
    this.#feedback.clear();
    for (const { user, item, kind } of given)
      if (this.#index.rowOfId(item) !== undefined) this.feedback(item, kind, { user });
  }

  item(name: string): CatalogueItem {
    return this.#item(this.#row(name));
  }

  #item(row: number): CatalogueItem {
    return this.items.at(row)!;
  }

  /** An item's row, by its id or title. */
  #row(name: string): number {
    const row = this.#index.rowOfId(name) ?? this.#index.rowOfTitle(name);
    if (row !== undefined) return row;
    const near = nearestName(name, this.#titlesLike(name));
    throw new NotFoundError("Item", name, {
      hint: near ? `did you mean ${JSON.stringify(near)}?` : "give an id or a whole title of the catalogue",
    });
  }

  /** Titles that share words with a name; all of a small catalogue, where a misspelt word shares none. */
  *#titlesLike(name: string): Generator<string> {
    if (this.items.length <= comparedTitles) {
      for (const { title } of this.items) yield title;
      return;
    }
    const best = new TopK(100);
    const scores = this.#index.score(name);
    for (let row = 0; row < scores.length; row++) if (scores[row]! > 0) best.offer(row, scores[row]!);
    for (const { id } of best.sorted()) yield this.#item(id).title;
  }

  /** Ratings, feedback and what is given, the later first; `had` are the rows not to recommend again. */
  #historyOf({ user = "", liked = [], disliked = [], seen = [] }: ReadingHistory) {
    const rated = this.#parts.collaborative?.readers.history(user);
    const kinds = new Map<number, FeedbackKind>();
    for (const row of rated?.liked ?? []) kinds.set(row, "like");
    for (const row of rated?.disliked ?? []) kinds.set(row, "dislike");
    for (const row of rated?.other ?? []) kinds.set(row, "seen");
    for (const [row, kind] of this.#feedback.get(user) ?? []) {
      // Having seen an item says nothing against a rating of it.
      if (kind !== "seen" || !kinds.has(row)) kinds.set(row, kind);
    }
    for (const name of seen) kinds.set(this.#row(name), "seen");
    for (const name of liked) kinds.set(this.#row(name), "like");
    for (const name of disliked) kinds.set(this.#row(name), "dislike");
    const of = (kind: FeedbackKind) => new Set([...kinds].filter(([, other]) => other === kind).map(([row]) => row));
    // Rated and neither liked nor disliked; what is only known to have been seen says nothing of taste.
    const read = [...(rated?.other ?? [])].filter((row) => kinds.get(row) === "seen");
    return { liked: of("like"), disliked: of("dislike"), read, had: new Set(kinds.keys()) };
  }

  /** Content and common taste, each scaled so that its best is 1. An item nobody liked is judged by its content. */
  #blend(
    content: Float64Array,
    together: Float64Array | undefined,
    { without = new Set(), unratedShare }: { without?: ReadonlySet<number>; unratedShare: number },
  ): Float64Array {
    const { collaborative, collaborativeWeight: w } = this.#parts;
    if (!together || w === 0) return content;
    for (const row of without) together[row] = 0;
    const taste = scaled(together);
    return content.map(
      (score, row) => (1 - w) * score + w * (collaborative!.likes(row) > 0 ? taste[row]! : unratedShare * score),
    );
  }

  /**
   * For a reader of whom no like is known: the items most readers liked, else the best rated; what is like a disliked
   * one comes later.
   */
  #mostLiked(disliked: ReadonlySet<number>): Ranking {
    const { collaborative } = this.#parts;
    const liking = (row: number): number => collaborative?.likes(row) ?? this.#index.rating(row) ?? 0;
    const common = scaled(Float64Array.from({ length: this.items.length }, (_, row) => liking(row)));
    const profile = new Map<string, number>();
    for (const row of disliked)
      for (const [feature, weight] of damped(itemFeatures(this.#item(row))))
        profile.set(feature, (profile.get(feature) ?? 0) + weight);
    const against = disliked.size === 0 ? undefined : scaled(this.#index.features.score(profile));
    const basis = collaborative ? "popular" : "rated";
    return {
      // Of items that nobody rated any is as good as another: none is left out.
      scores: common.map((score, row) => (score + 1e-6) * (1 - (1 - 1e-3) * (against?.[row] ?? 0))),
      similarity: () => 0,
      matches: () => [],
      basis: (row) => (liking(row) > 0 ? basis : against && against[row]! < 0.1 ? "taste" : "unknown"),
    };
  }

  /** The liked items that speak most for a row, then what it shares with the first of them. */
  #likedReasons(row: number, liked: Iterable<number>): Match[] {
    const { collaborative, collaborativeWeight: w } = this.#parts;
    const { features } = this.#index;
    const reasons = [...liked]
      .map((from) => ({
        from,
        value: w * Math.max(0, collaborative?.weight(from, row) ?? 0) + (1 - w) * features.rowCosine(from, row),
      }))
      .filter(({ value }) => value > 0)
      .sort((a, b) => b.value - a.value)
      .slice(0, 2);
    const first = reasons[0] && this.#item(reasons[0].from);
    return [
      ...reasons.map(({ from }) => ({ field: "liked", text: this.#item(from).title }) as const),
      ...(first ? sharedMatches(first, this.#item(row), (feature) => features.idf(feature)) : []),
    ];
  }

  #pick(ranking: Ranking, options: NarrowedOptions, left: ReadonlySet<number> = new Set()): Recommendation[] {
    const { n = 10, diversity = 0, perAuthor, filters = {}, user = "", allows } = options;
    if (!Number.isInteger(n) || n < 1) throw new ArgumentError("n", n, "a positive integer");
    checkShare("diversity", diversity);
    const given = this.#feedback.get(user);
    const passes = this.#index.filter(filters);
    const best = new TopK(Math.max(100, n * (perAuthor || diversity > 0 ? diversityPool : 2)));
    const { scores } = ranking;
    for (let row = 0; row < scores.length; row++) {
      const score = scores[row]!;
      if (!(score > 0) || score < best.threshold - 1e-9 || left.has(row) || passes?.(row) === false) continue;
      const kind = given?.get(row);
      if (kind === "dislike" || kind === "seen" || allows?.(row) === false) continue;
      best.offer(row, Math.round(score * 1e9) / 1e9);
    }
    const candidates: Candidate[] = best.sorted().map(({ id, score }) => ({ row: id, score }));
    const authors = new Map(
      perAuthor ? candidates.map(({ row }) => [row, this.#item(row).authors[0]?.toLowerCase()]) : [],
    );
    const works = new Map(candidates.map(({ row }) => [row, workKey(this.#item(row))]));
    // Of several editions of a work the best stands for all.
    const isNewWork = (row: number, picked: readonly Candidate[]): boolean =>
      works.get(row) === undefined || picked.every((other) => works.get(other.row) !== works.get(row));
    return diversify(candidates, {
      n,
      diversity,
      likeness: (a, b) => this.#index.features.rowCosine(a, b),
      allows: (row, picked) =>
        isNewWork(row, picked) &&
        (!perAuthor ||
          authors.get(row) === undefined ||
          picked.filter((other) => authors.get(other.row) === authors.get(row)).length < perAuthor),
    }).map(({ row, score }) => {
      const matches = ranking.matches(row);
      return {
        row,
        item: this.#item(row),
        score,
        similarity: unit(ranking.similarity(row)),
        matches,
        basis: ranking.basis(row),
        reason: reasonOf(matches, ranking.basis(row)),
      };
    });
  }
}

/** The same for every edition of a work, whatever stands in brackets behind its title. */
function editionOf({ title, authors }: CatalogueItem): string {
  const bare = title.replace(/\s*[([（【].*$/u, "").trim() || title;
  return `${bare.toLowerCase()}\n${(authors[0] ?? "").toLowerCase()}`;
}

function unit(similarity: number): number {
  return Math.min(1, Math.max(0, similarity));
}
