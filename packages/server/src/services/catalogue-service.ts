import {
  type CatalogueRecord,
  type Catalogues,
  embedCatalogueOperation,
  openCatalogues,
  type Recommender,
} from "@loam/recommend";
import type { Store } from "@loam/store";
import { cancelWork, isSettled, listWork, startWork, type WorkRecord } from "@loam/work";
import type { CatalogueJson, FacetsJson } from "../surfaces/studio/schemas/catalogue.ts";
import type { ModelSettings } from "./model-settings.ts";

/** Tags and languages that filters offer. */
const offered = 60;

/** The catalogues of the server. Their embedding is work. */
export class CatalogueService {
  readonly catalogues: Catalogues;
  readonly #store: Store;
  readonly #models: ModelSettings;
  readonly #facets = new WeakMap<Recommender, FacetsJson>();

  constructor({ store, models }: { store: Store; models: ModelSettings }) {
    this.catalogues = openCatalogues({ store });
    this.#store = store;
    this.#models = models;
  }

  /** The recommender with the embedder in use, as far as its vectors are there. */
  open(name: string): Promise<Recommender> {
    return this.catalogues.open(name, { embedder: this.#models.current.embed });
  }

  /** Embeds what has no vector yet; asked twice, the first goes on. */
  async startEmbedding({ id, name }: CatalogueRecord): Promise<void> {
    await startWork(this.#store, embedCatalogueOperation, { catalogue: id }, { name, key: id });
  }

  async stopEmbedding(id: string): Promise<void> {
    const work = (await this.#embeddings()).get(id);
    if (work && !isSettled(work.status)) await cancelWork(this.#store, work.id);
  }

  async toJson(record: CatalogueRecord): Promise<CatalogueJson> {
    return (await this.toJsons([record]))[0]!;
  }

  async toJsons(records: readonly CatalogueRecord[]): Promise<CatalogueJson[]> {
    const works = await this.#embeddings();
    const embedder = this.#models.current.embed.id;
    return records.map(({ embedded, createdAt, columns, ...record }) => {
      const done = embedded[embedder] ?? 0;
      const work = works.get(record.id);
      const isOpen = work !== undefined && (work.status === "failed" || !isSettled(work.status));
      return {
        ...record,
        columns: columns as Record<string, readonly string[]>,
        embedded: done,
        ...(isOpen && {
          embedding: {
            done: work.progress?.done ?? done,
            total: record.items,
            ...(work.status === "failed" && { error: work.error?.message ?? "it failed" }),
          },
        }),
        createdAt: createdAt.toISOString(),
      };
    });
  }

  /** The newest embedding of each catalogue. */
  async #embeddings(): Promise<Map<string, WorkRecord>> {
    const works = await listWork(this.#store, { kinds: [embedCatalogueOperation.name], limit: 500 });
    return new Map(works.reverse().map((work) => [(work.input as { catalogue: string }).catalogue, work]));
  }

  /** What the items can be filtered by, the commonest first. */
  async facets(name: string): Promise<FacetsJson> {
    const recommender = await this.catalogues.open(name);
    const known = this.#facets.get(recommender);
    if (known) return known;
    const languages = new Map<string, number>();
    const tags = new Map<string, number>();
    const add = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
    let years: [number, number] | undefined;
    for (const item of recommender.items) {
      if (item.language) add(languages, item.language);
      for (const { name } of item.tags) add(tags, name.toLowerCase());
      if (item.year !== undefined)
        years = [Math.min(years?.[0] ?? item.year, item.year), Math.max(years?.[1] ?? item.year, item.year)];
    }
    const common = (counts: Map<string, number>) =>
      [...counts]
        .sort((a, b) => b[1] - a[1])
        .slice(0, offered)
        .map(([name, items]) => ({ name, items }));
    const facets = { languages: common(languages), tags: common(tags), ...(years ? { years } : {}) };
    this.#facets.set(recommender, facets);
    return facets;
  }
}
