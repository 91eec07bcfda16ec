import { Collection, type Metadata, type Page, type PageQuery, type Stored } from "@loam/platform";
import type { Database } from "@loam/store";
import type { toCompletion } from "./object.ts";

type Completion = ReturnType<typeof toCompletion>;

interface StoredBody {
  model: string;
  completion: Completion;
  messages: { id: string; role: string; content: unknown; [field: string]: unknown }[];
  /** What of the request the stored object shows. */
  request: Record<string, unknown>;
}

export type StoredCompletion = Stored<StoredBody>;

/** Completions that clients asked to keep. */
export class StoredCompletions {
  readonly #rows: Collection<StoredBody>;

  constructor(db: Database) {
    this.#rows = new Collection(db, "chat_completion", "chat completion");
  }

  async keep(
    project: string,
    completion: Completion,
    {
      messages,
      metadata,
      request,
    }: { messages: readonly object[]; metadata: Metadata; request: StoredBody["request"] },
  ): Promise<void> {
    const named = messages.map((message, i) => ({ ...message, id: `${completion.id}-${i}` }));
    const body = { model: completion.model, completion, messages: named as StoredBody["messages"], request };
    await this.#rows.insert({ id: completion.id, project, metadata, body });
  }

  page(
    project: string,
    query: PageQuery,
    { model, metadata }: { model?: string; metadata: Metadata },
  ): Promise<Page<StoredCompletion>> {
    return this.#rows.page(project, query, { metadata, ...(model === undefined ? {} : { body: { model } }) });
  }

  get(project: string, id: string): Promise<StoredCompletion> {
    return this.#rows.get(project, id);
  }

  setMetadata(project: string, id: string, metadata: Metadata): Promise<StoredCompletion> {
    return this.#rows.update(project, id, { metadata });
  }

  async remove(project: string, id: string): Promise<void> {
    await this.#rows.remove(project, id);
  }
}

export function toStoredObject({ body, metadata }: StoredCompletion) {
  return { ...body.completion, ...body.request, metadata };
}
