import type { Database } from "@loam/store";
import type { ModelRegistry } from "../generation/model-registry.ts";
import { Collection } from "../objects/collection.ts";
import type { Metadata } from "../objects/metadata.ts";
import type { Page, PageQuery } from "../objects/page.ts";
import type { AssistantBody, StoredAssistant } from "./types.ts";

/** Assistants: a model with instructions and tools, under an id. */
export class Assistants {
  readonly #rows: Collection<AssistantBody>;
  readonly #registry: ModelRegistry;

  constructor(db: Database, registry: ModelRegistry) {
    this.#rows = new Collection(db, "assistant");
    this.#registry = registry;
  }

  /** @throws {ModelNotFoundError} */
  async create(project: string, body: AssistantBody, metadata?: Metadata): Promise<StoredAssistant> {
    await this.#registry.find(body.model);
    return await this.#rows.insert({ project, metadata, body });
  }

  async get(project: string, id: string): Promise<StoredAssistant> {
    return await this.#rows.get(project, id);
  }

  async page(project: string, query: PageQuery): Promise<Page<StoredAssistant>> {
    return await this.#rows.page(project, query);
  }

  async update(
    project: string,
    id: string,
    body: Partial<AssistantBody>,
    metadata: Metadata | undefined,
  ): Promise<StoredAssistant> {
    if (body.model !== undefined) await this.#registry.find(body.model);
    return await this.#rows.update(project, id, { body, ...(metadata ? { metadata } : {}) });
  }

  async remove(project: string, id: string): Promise<void> {
    await this.#rows.remove(project, id);
  }
}
