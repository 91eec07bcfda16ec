import { createHash } from "node:crypto";
import type { LanguageModelV4 } from "@ai-sdk/provider";
import { type AskSettings, meteredModel, type OpenedAsk, type Place } from "@loam/evaluation";
import { findDocument, type Library, openLibrary, type Region, type SearchHit } from "@loam/library";
import { lazyRecogniser } from "@loam/pdf";
import type { Models } from "@loam/providers";
import type { Store } from "@loam/store";

export interface AskedLibrariesOptions {
  store: Store;
  models(): Promise<Models>;
  languageModel(name: string): Promise<LanguageModelV4>;
}

/** Libraries for systems that ask documents, one for each chat model: what an answer costs is counted by its model. */
export class AskedLibraries {
  readonly #options: AskedLibrariesOptions;
  readonly #recogniser = lazyRecogniser();
  readonly #open = new Map<string, Promise<Library>>();

  constructor(options: AskedLibrariesOptions) {
    this.#options = options;
  }

  /** @throws {NotFoundError} for a document that the library does not have. */
  async open({ documents, k, chat }: AskSettings): Promise<OpenedAsk> {
    const models = await this.#options.models();
    const key = chat ?? "";
    let opening = this.#open.get(key);
    if (!opening) {
      const model = chat === undefined ? models.chat : await this.#options.languageModel(chat);
      opening = openLibrary({
        store: this.#options.store,
        models: { ...models, chat: model && meteredModel(model) },
        recogniser: this.#recogniser,
      });
      this.#open.set(key, opening);
    }
    const library = await opening;
    const all = await library.documents();
    const chosen = documents === undefined ? all : [documents].flat().map((asked) => findDocument(all, asked));
    const ids = chosen.map(({ id }) => id);
    const byId = new Map(chosen.map((document) => [document.id, document]));
    const placeIn = (id: string, { page, box }: Region): Place => {
      const { name, contentHash } = byId.get(id)!;
      return { document: name, hash: contentHash, page, box };
    };
    const facts = [chosen.map(({ contentHash }) => contentHash), chat ?? models.chat?.modelId, models.embed.id];
    return {
      version: createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 32),
      ask: async (question, { signal }) => {
        const stream = library.ask(question, { k, documents: ids, signal });
        const hits: SearchHit[] = [];
        for await (const event of stream) if (event.type === "evidence") hits.push(...event.hits);
        const { answer, sentences } = await stream.result;
        return {
          prediction: answer,
          contexts: hits.map(({ chunk }) => chunk.text),
          places: hits.map(({ chunk, document }) => chunk.regions.map((region) => placeIn(document, region))),
          citations: sentences.flatMap(({ citations }) => citations.map((cited) => placeIn(cited.document, cited))),
        };
      },
    };
  }

  async close(): Promise<void> {
    for (const opening of this.#open.values()) await (await opening.catch(() => undefined))?.close();
    await this.#recogniser.close();
  }
}
