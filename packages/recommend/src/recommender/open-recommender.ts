import { ProgressMeter, throwIfCancelled } from "@loam/core";
import type { Embedder } from "@loam/models";
import { MemorySections } from "@loam/search";
import { type CatalogueItem, nothingSkipped, readCatalogue, type SkippedRows } from "../items/catalogue.ts";
import type { ItemList } from "../items/item-list.ts";
import { itemSentence } from "../items/item-terms.ts";
import { readRatings } from "../items/ratings.ts";
import { keptReaders, type Readers, readerArrays } from "../items/readers.ts";
import { learnCollaborative } from "../model/collaborative.ts";
import { ItemVectors } from "../model/item-vectors.ts";
import { catalogueArrays } from "./catalogue-arrays.ts";
import { CatalogueIndex } from "./catalogue-index.ts";
import { CatalogueRecommender } from "./recommender.ts";
import type { OpenRecommenderOptions, Recommender } from "./recommender-types.ts";
import { checkShare } from "./shares.ts";

/** Items embedded at a time. */
const embedBatch = 64;

/**
 * Opens a catalogue for recommendation by text, by item and by reader. Words are ranked by BM25 over title, authors, tags
 * and description; an embedder adds likeness of meaning, ratings add what readers with the same taste liked (EASE^R).
 * Everything is held in memory.
 *
 * @throws {InputError} when the catalogue or the ratings cannot be read.
 */
export async function openRecommender(options: OpenRecommenderOptions): Promise<Recommender> {
  const { catalogue: source, embedder, signal, likedFrom } = options;
  const { items, skipped } =
    typeof source === "string" ? await readCatalogue(source, { signal }) : { items: source, skipped: nothingSkipped() };
  const ratings =
    typeof options.ratings === "string" ? await readRatings(options.ratings, { signal }) : options.ratings;
  const index = new CatalogueIndex(new MemorySections(await catalogueArrays(items, options)));
  const rowOf = (id: string) => index.rowOfId(id);
  return await assembleRecommender(
    {
      ...{ items, index, skipped },
      readers:
        ratings && keptReaders(new MemorySections(readerArrays(ratings, { rows: items.length, rowOf, likedFrom }))),
      vectors: embedder && (options.vectors ?? (await embedItems(items, embedder, options))),
    },
    options,
  );
}

/** What of a recommender can be kept between starts. */
interface OpenedCatalogue {
  items: ItemList;
  index: CatalogueIndex;
  skipped?: SkippedRows;
  readers?: Readers;
  vectors?: ItemVectors;
}

/** Opens a recommender on what was read or made before. */
export async function assembleRecommender(
  { items, index, skipped = nothingSkipped(), readers, vectors }: OpenedCatalogue,
  options: Omit<OpenRecommenderOptions, "catalogue" | "ratings" | "vectors">,
): Promise<Recommender> {
  const { embedder, signal, collaborativeItems = 2_500 } = options;
  const collaborative =
    readers && readers.known > 0
      ? await learnCollaborative(readers, { maxItems: collaborativeItems, cache: options.modelCache, signal })
      : undefined;
  return new CatalogueRecommender(items, {
    ...{ index, embedder, vectors, collaborative },
    // Where little but titles is known, meaning counts most.
    embeddingWeight: checkShare(
      "embeddingWeight",
      options.embeddingWeight ?? (index.described * 2 > items.length ? 0.3 : 0.8),
    ),
    collaborativeWeight: checkShare("collaborativeWeight", options.collaborativeWeight ?? 0.9),
    report: {
      items: items.length,
      described: index.described,
      skipped,
      ratings: readers ? readers.known + readers.unknownItems : 0,
      ratingsOfUnknownItems: readers?.unknownItems ?? 0,
      users: readers?.count ?? 0,
      collaborativeItems: collaborative?.modelled ?? 0,
      embedder: embedder?.id,
    },
  });
}

async function embedItems(
  items: ItemList,
  embedder: Embedder,
  { signal, onProgress }: OpenRecommenderOptions,
): Promise<ItemVectors> {
  const meter = new ProgressMeter(onProgress, { task: "embed", unit: "item", total: items.length });
  let vectors: ItemVectors | undefined;
  let batch: CatalogueItem[] = [];
  const embed = async () => {
    throwIfCancelled(signal, "embedding the catalogue");
    for (const vector of await embedder.embed(batch.map(itemSentence), { signal })) {
      vectors ??= new ItemVectors(vector.length);
      vectors.add(vector);
    }
    meter.advance(batch.length);
    batch = [];
  };
  for (const item of items) if (batch.push(item) === embedBatch) await embed();
  if (batch.length > 0) await embed();
  return vectors ?? new ItemVectors(embedder.dimensions ?? 1);
}
