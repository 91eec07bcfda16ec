import { ArgumentError, NotFoundError, nearestName, ProgressMeter, throwIfCancelled } from "@loam/core";
import type { Embedder } from "@loam/models";
import { TopK } from "../search/top-k.ts";
import { vectorWeight } from "../search/vector-weight.ts";
import { searchTerms } from "../search/words.ts";
import { type Catalogue, type CatalogueItem, readCatalogue } from "./catalogue.ts";
import { type Collaborative, learnFromRatings } from "./collaborative.ts";
import { type Candidate, diversify } from "./diversify.ts";
import { itemFeatures, itemSentence, itemWords, plainTitle } from "./item-terms.ts";
import { ItemVectors } from "./item-vectors.ts";
import { matchesOf, reasonOf, sharedMatches } from "./matches.ts";
import { readRatings } from "./ratings.ts";
import type {
  FeedbackKind,
  Match,
  OpenRecommenderOptions,
  ReadingHistory,
  Recommendation,
  Recommender,
  RecommenderReport,
  RecommendFilters,
  RecommendOptions,
} from "./recommender-types.ts";
import { WeightedIndex } from "./weighted-index.ts";

/** Items embedded at a time. */
const embedBatch = 64;
/** How much a disliked item speaks against its like, beside a liked one for its own. */
const dislikeWeight = 0.5;
/** Candidates that diversity chooses from, for each item asked for. */
const diversityPool = 10;
/** What an item nobody has liked yet gets for the missing part of its score, beside its content. */
const unratedShare = 0.5;

/** How each item stands to what was asked: the score it is ranked by, and how it is told. */
interface Ranking {
  scores: Float64Array;
  similarity(row: number): number;
  matches(row: number): readonly Match[];
  /** The reason where nothing matches. */
  otherwise: string;
}

/**
 * Opens a catalogue for recommendation by text, by item and by reader. Words are ranked by BM25 over title, authors, tags
 * and description; an embedder adds likeness of meaning, ratings add what readers with the same taste liked (EASE^R).
 * Everything is held in memory.
 *
 * @throws {InputError} when the catalogue or the ratings cannot be read.
 */
export async function openRecommender(options: OpenRecommenderOptions): Promise<Recommender> {
  const { catalogue: source, embedder, signal, likedFrom, collaborativeItems = 2_500 } = options;
  const catalogue: Catalogue =
    typeof source === "string"
      ? await readCatalogue(source, { signal })
      : { items: source, skipped: { withoutTitle: 0, repeatedId: 0 } };
  const { items } = catalogue;
  const ratings =
    typeof options.ratings === "string" ? await readRatings(options.ratings, { signal }) : options.ratings;
  const rows = new Map(items.map(({ id }, row) => [id, row]));
  const collaborative = ratings?.length
    ? learnFromRatings(ratings, {
        rows: items.length,
        rowOf: (id) => rows.get(id),
        likedFrom,
        maxItems: collaborativeItems,
      })
    : undefined;
  const described = items.filter(({ tags, description }) => tags.length > 0 || description).length;
  return new CatalogueRecommender(items, {
    rows,
    embedder,
    vectors: embedder && (await embedItems(items, embedder, options)),
    collaborative,
    // Where little but titles is known, meaning counts most.
    embeddingWeight: share("embeddingWeight", options.embeddingWeight ?? (described * 2 > items.length ? 0.3 : 0.8)),
    collaborativeWeight: share("collaborativeWeight", options.collaborativeWeight ?? 0.9),
    report: {
      items: items.length,
      skipped: catalogue.skipped,
      ratings: ratings?.length ?? 0,
      ratingsOfUnknownItems: collaborative?.unknownItems ?? 0,
      users: collaborative?.readers.size ?? 0,
      collaborativeItems: collaborative?.modelled ?? 0,
      embedder: embedder?.id,
    },
  });
}

function share(name: string, value: number): number {
  if (!(value >= 0 && value <= 1)) throw new ArgumentError(name, value, "a number from 0 to 1");
  return value;
}

async function embedItems(
  items: readonly CatalogueItem[],
  embedder: Embedder,
  { signal, onProgress }: OpenRecommenderOptions,
): Promise<ItemVectors> {
  const meter = new ProgressMeter(onProgress, { task: "embed", unit: "item", total: items.length });
  let vectors: ItemVectors | undefined;
  for (let i = 0; i < items.length; i += embedBatch) {
    throwIfCancelled(signal, "embedding the catalogue");
    const batch = await embedder.embed(items.slice(i, i + embedBatch).map(itemSentence), { signal });
    vectors ??= new ItemVectors(batch[0]!.length);
    for (const vector of batch) vectors.add(vector);
    meter.advance(batch.length);
  }
  return vectors ?? new ItemVectors(embedder.dimensions ?? 1);
}

interface Parts {
  rows: ReadonlyMap<string, number>;
  embedder: Embedder | undefined;
  vectors: ItemVectors | undefined;
  collaborative: Collaborative | undefined;
  embeddingWeight: number;
  collaborativeWeight: number;
  report: RecommenderReport;
}

class CatalogueRecommender implements Recommender {
  readonly items: readonly CatalogueItem[];
  readonly report: RecommenderReport;
  readonly #parts: Parts;
  readonly #words = new WeightedIndex();
  readonly #features = new WeightedIndex();
  readonly #titles = new Map<string, number>();
  readonly #feedback = new Map<string, Map<number, FeedbackKind>>();

  constructor(items: readonly CatalogueItem[], parts: Parts) {
    this.items = items;
    this.report = parts.report;
    this.#parts = parts;
    for (const [row, item] of items.entries()) {
      this.#words.add(itemWords(item));
      this.#features.add(itemFeatures(item));
      for (const title of [item.title, plainTitle(item.title), item.originalTitle ?? ""]) {
        if (title !== "" && !this.#titles.has(title.toLowerCase())) this.#titles.set(title.toLowerCase(), row);
      }
    }
  }

  async fromText(query: string, options: RecommendOptions & { signal?: AbortSignal } = {}): Promise<Recommendation[]> {
    if (query.trim() === "")
      throw new ArgumentError("query", query, "what to look for", "describe a book in a few words");
    const { embedder, vectors } = this.#parts;
    const terms = new Set(searchTerms(query));
    const asked = new Map([...terms].map((term) => [term, 1]));
    const scores = scaled(this.#words.score(asked));
    let similarity = (row: number): number => this.#words.cosine(asked, itemWords(this.items[row]!));
    const weight = embedder && vectors ? this.#parts.embeddingWeight * vectorWeight(query, embedder) : 0;
    if (weight > 0) {
      const [vector] = await embedder!.embed([query], { signal: options.signal });
      const cosines = vectors!.cosines(vector!);
      similarity = (row) => unit(cosines[row]!);
      for (let row = 0; row < scores.length; row++)
        scores[row] = (1 - weight) * scores[row]! + weight * Math.max(0, cosines[row]!);
    }
    return this.#pick(
      { scores, similarity, matches: (row) => matchesOf(this.items[row]!, terms), otherwise: "close in meaning" },
      options,
    );
  }

  similarTo(name: string, options: RecommendOptions = {}): Recommendation[] {
    const row = this.#row(name);
    const item = this.items[row]!;
    const features = itemFeatures(item);
    const { collaborative, collaborativeWeight } = this.#parts;
    const content = scaled(this.#features.score(damped(features)));
    content[row] = 0;
    const scores = this.#blend(scaled(content), collaborative?.has(row) ? collaborative.score([row]) : undefined);
    return this.#pick(
      {
        scores,
        similarity: (other) => this.#features.cosine(features, itemFeatures(this.items[other]!)),
        matches: (other) => sharedMatches(item, this.items[other]!, (feature) => this.#features.idf(feature)),
        otherwise: collaborative && collaborativeWeight > 0 ? "liked by the same readers" : "words of the title",
      },
      options,
      new Set([row]),
    );
  }

  forUser(given: string | ReadingHistory, options: Omit<RecommendOptions, "user"> = {}): Recommendation[] {
    const history = typeof given === "string" ? { user: given } : given;
    const { liked, disliked, had } = this.#historyOf(history);
    const { collaborative } = this.#parts;
    if (liked.size === 0 && disliked.size === 0) return this.#pick(this.#mostLiked(), options, had);
    const likedFeatures = new Map([...liked].map((row) => [row, itemFeatures(this.items[row]!)]));
    const profile = new Map<string, number>();
    const learn = (row: number, sign: number) => {
      for (const [feature, weight] of damped(itemFeatures(this.items[row]!)))
        profile.set(feature, (profile.get(feature) ?? 0) + sign * weight);
    };
    for (const row of liked) learn(row, 1);
    const taste = new Map(profile);
    for (const row of disliked) learn(row, -dislikeWeight);
    const together = collaborative?.score(liked);
    if (together) {
      const against = collaborative!.score(disliked);
      for (let row = 0; row < together.length; row++) together[row]! -= dislikeWeight * against[row]!;
    }
    const content = this.#features.score(profile);
    for (const row of had) content[row] = 0;
    const anyWeights = [...liked].some((row) => collaborative?.has(row));
    const scores = this.#blend(scaled(content), anyWeights ? together : undefined, had);
    return this.#pick(
      {
        scores,
        similarity: (row) => this.#features.cosine(taste, itemFeatures(this.items[row]!)),
        matches: (row) => this.#likedReasons(row, likedFeatures),
        otherwise: "unlike what you disliked",
      },
      options,
      had,
    );
  }

  feedback(name: string, kind: FeedbackKind, { user = "" }: { user?: string } = {}): void {
    const row = this.#row(name);
    const given = this.#feedback.get(user) ?? new Map<number, FeedbackKind>();
    this.#feedback.set(user, given);
    if (kind === "clear") given.delete(row);
    else given.set(row, kind);
  }

  /** An item's row, by its id or title. */
  #row(name: string): number {
    const row = this.#parts.rows.get(name) ?? this.#titles.get(name.trim().toLowerCase());
    if (row !== undefined) return row;
    const near = nearestName(name, this.#titles.keys());
    throw new NotFoundError("Item", name, {
      hint: near
        ? `did you mean ${JSON.stringify(this.items[this.#titles.get(near)!]!.title)}?`
        : "give an id or a whole title of the catalogue",
    });
  }

  /** Ratings, feedback and what is given, the later first; `had` are the rows not to recommend again. */
  #historyOf({ user = "", liked = [], disliked = [], seen = [] }: ReadingHistory) {
    const rated = this.#parts.collaborative?.readers.get(user);
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
    return { liked: of("like"), disliked: of("dislike"), had: new Set(kinds.keys()) };
  }

  /** Content and common taste, each scaled so that its best is 1. An item without weights is judged by its content. */
  #blend(content: Float64Array, together?: Float64Array, without: ReadonlySet<number> = new Set()): Float64Array {
    const { collaborative, collaborativeWeight: w } = this.#parts;
    if (!together || w === 0) return content;
    for (const row of without) together[row] = 0;
    const taste = scaled(together);
    return content.map(
      (score, row) => (1 - w) * score + w * (collaborative!.has(row) ? taste[row]! : unratedShare * score),
    );
  }

  /** For a reader nothing is known of: the items most readers liked, else the best rated. */
  #mostLiked(): Ranking {
    const { collaborative } = this.#parts;
    const scores = collaborative
      ? collaborative.likes.slice()
      : Float64Array.from(this.items, ({ rating = 0 }) => Math.max(rating, 1e-9));
    const otherwise = collaborative ? "liked by many readers" : "well rated in the catalogue";
    return { scores: scaled(scores), similarity: () => 0, matches: () => [], otherwise };
  }

  /** The liked items that speak most for a row, then what it shares with the first of them. */
  #likedReasons(row: number, liked: ReadonlyMap<number, ReadonlyMap<string, number>>): Match[] {
    const { collaborative, collaborativeWeight: w } = this.#parts;
    const features = itemFeatures(this.items[row]!);
    const reasons = [...liked]
      .map(([from, likedFeatures]) => ({
        from,
        value:
          w * Math.max(0, collaborative?.weight(from, row) ?? 0) +
          (1 - w) * this.#features.cosine(features, likedFeatures),
      }))
      .filter(({ value }) => value > 0)
      .sort((a, b) => b.value - a.value)
      .slice(0, 2);
    const first = reasons[0] && this.items[reasons[0].from]!;
    return [
      ...reasons.map(({ from }) => ({ field: "liked", text: this.items[from]!.title }) as const),
      ...(first ? sharedMatches(first, this.items[row]!, (feature) => this.#features.idf(feature)) : []),
    ];
  }

  #pick(ranking: Ranking, options: RecommendOptions, left: ReadonlySet<number> = new Set()): Recommendation[] {
    const { n = 10, diversity = 0, perAuthor, filters = {}, user = "" } = options;
    if (!Number.isInteger(n) || n < 1) throw new ArgumentError("n", n, "a positive integer");
    share("diversity", diversity);
    const given = this.#feedback.get(user);
    const best = new TopK(perAuthor || diversity > 0 ? Math.max(100, n * diversityPool) : n);
    for (const [row, item] of this.items.entries()) {
      const score = ranking.scores[row]!;
      const kind = given?.get(row);
      if (!(score > 0) || left.has(row) || kind === "dislike" || kind === "seen" || !passes(item, filters)) continue;
      best.offer(row, Math.round(score * 1e9) / 1e9);
    }
    const candidates: Candidate[] = best.sorted().map(({ id, score }) => ({ row: id, score }));
    const features = new Map(
      diversity > 0 ? candidates.map(({ row }) => [row, itemFeatures(this.items[row]!)]) : undefined,
    );
    return diversify(candidates, {
      n,
      diversity,
      likeness: (a, b) => this.#features.cosine(features.get(a)!, features.get(b)!),
      allows: (row, picked) => !perAuthor || this.#fewByAuthor(row, picked, perAuthor),
    }).map(({ row, score }) => {
      const matches = ranking.matches(row);
      return {
        item: this.items[row]!,
        score,
        similarity: unit(ranking.similarity(row)),
        matches,
        reason: reasonOf(matches, ranking.otherwise),
      };
    });
  }

  /** Whether the first author of an item has fewer than `most` items among the picked. */
  #fewByAuthor(row: number, picked: readonly Candidate[], most: number): boolean {
    const author = this.items[row]!.authors[0]?.toLowerCase();
    if (author === undefined) return true;
    return picked.filter((other) => this.items[other.row]!.authors[0]?.toLowerCase() === author).length < most;
  }
}

/** Square roots, so that neither one strong tag nor a hundred weak ones decide alone. */
function damped(features: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...features].map(([feature, weight]) => [feature, Math.sqrt(weight)]));
}

/** Scores over their largest; as they are when none is positive. */
function scaled(scores: Float64Array): Float64Array {
  let largest = 0;
  for (const score of scores) largest = Math.max(largest, score);
  return largest > 0 ? scores.map((score) => score / largest) : scores;
}

function unit(similarity: number): number {
  return Math.min(1, Math.max(0, similarity));
}

function passes(item: CatalogueItem, { languages, authors, tags, years, minRating }: RecommendFilters): boolean {
  const among = (wanted: readonly string[], values: readonly string[]): boolean =>
    values.some((value) => wanted.some((name) => name.toLowerCase() === value.toLowerCase()));
  if (languages?.length && !among(languages, item.language ? [item.language] : [])) return false;
  if (authors?.length && !among(authors, item.authors)) return false;
  const names = item.tags.map(({ name }) => name);
  if (tags?.length && !among(tags, names)) return false;
  if (years && !(item.year !== undefined && item.year >= years[0] && item.year <= years[1])) return false;
  return minRating === undefined || (item.rating ?? Number.NEGATIVE_INFINITY) >= minRating;
}
