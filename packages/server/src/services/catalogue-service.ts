import { throwIfCancelled } from "@loam/core";
import { type CatalogueRecord, type Catalogues, openCatalogues, type Recommender } from "@loam/rag";
import type { Store } from "@loam/store";
import type { CatalogueJson, FacetsJson } from "../surfaces/studio/schemas/catalogue.ts";
import type { ModelSettings } from "./model-settings.ts";

/** Tags and languages that filters offer. */
const offered = 60;

/** The catalogues of the server, with the embedding that goes on in the background. */
export class CatalogueService {
  readonly catalogues: Catalogues;
  readonly #models: ModelSettings;
  readonly #running = new Map<string, { stop: AbortController; done: number; total: number; error?: string }>();
  readonly #facets = new WeakMap<Recommender, FacetsJson>();

  constructor({ store, models }: { store: Store; models: ModelSettings }) {
    this.catalogues = openCatalogues({ store });
    this.#models = models;
  }

  /** The recommender with the embedder in use, as far as its vectors are there. */
  open(name: string): Promise<Recommender> {
    return this.catalogues.open(name, { embedder: this.#models.current.embed });
  }

  /** Embeds what has no vector yet; asked twice, the first goes on. */
  startEmbedding(record: CatalogueRecord): void {
    const known = this.#running.get(record.id);
    if (known && !known.error) return;
    const stop = new AbortController();
    const state = { stop, done: record.embedded[this.#models.current.embed.id] ?? 0, total: record.items };
    this.#running.set(record.id, state);
    this.catalogues
      .embed(record.id, this.#models.current.embed, {
        signal: stop.signal,
        onProgress: ({ done }) => {
          state.done = done;
          throwIfCancelled(stop.signal, "embedding the catalogue");
        },
      })
      .then(
        () => this.#running.delete(record.id),
        (error: Error) => {
          if (stop.signal.aborted) this.#running.delete(record.id);
          else this.#running.set(record.id, { ...state, error: error.message });
        },
      );
  }

  stopEmbedding(id: string): void {
    this.#running.get(id)?.stop.abort();
    this.#running.delete(id);
  }

  close(): void {
    for (const { stop } of this.#running.values()) stop.abort();
  }

  toJson({ embedded, createdAt, columns, ...record }: CatalogueRecord): CatalogueJson {
    const running = this.#running.get(record.id);
    return {
      ...record,
      columns: columns as Record<string, readonly string[]>,
      embedded: embedded[this.#models.current.embed.id] ?? 0,
      ...(running && {
        embedding: { done: running.done, total: running.total, ...(running.error ? { error: running.error } : {}) },
      }),
      createdAt: createdAt.toISOString(),
    };
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
