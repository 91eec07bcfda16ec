import type { Database } from "@loam/store";
import { Collection, type Stored } from "../objects/collection.ts";
import type { Metadata } from "../objects/metadata.ts";
import type { Page, PageQuery } from "../objects/page.ts";
import type { Item } from "../responses/items.ts";

export type StoredConversation = Stored<Record<string, never>>;

/** Conversations that responses go on in, and their items. */
export class Conversations {
  readonly #rows: Collection<Record<string, never>>;
  readonly #items: Collection<{ item: Item }>;

  constructor(db: Database) {
    this.#rows = new Collection(db, "conversation", "conversation");
    this.#items = new Collection(db, "conversation_item", "conversation item");
  }

  /** The same within a transaction. */
  in(db: Database): Conversations {
    return new Conversations(db);
  }

  async create(project: string, { metadata, items }: { metadata: Metadata; items: readonly Item[] }) {
    const row = await this.#rows.insert({ project, metadata, body: {} });
    await this.addItems(project, row.id, items);
    return row;
  }

  get(project: string, id: string): Promise<StoredConversation> {
    return this.#rows.get(project, id);
  }

  setMetadata(project: string, id: string, metadata: Metadata): Promise<StoredConversation> {
    return this.#rows.update(project, id, { metadata });
  }

  async remove(project: string, id: string): Promise<void> {
    await this.#rows.remove(project, id);
  }

  /** In the order given. */
  async addItems(project: string, id: string, items: readonly Item[]): Promise<void> {
    await this.#items.insertMany(items.map((item) => ({ project, parentId: id, id: item.id, body: { item } })));
  }

  async items(project: string, id: string, query: PageQuery): Promise<Page<Item>> {
    await this.get(project, id);
    const { data, hasMore } = await this.#items.page(project, query, { parentId: id });
    return { data: data.map(({ body }) => body.item), hasMore };
  }

  async allItems(project: string, id: string): Promise<Item[]> {
    await this.get(project, id);
    const items: Item[] = [];
    for await (const { body } of this.#items.all(project, { parentId: id })) items.push(body.item);
    return items;
  }

  async item(project: string, id: string, itemId: string): Promise<Item> {
    return (await this.#items.get(project, itemId, { parentId: id })).body.item;
  }

  /** The item wherever in the project it is. */
  async findItem(project: string, itemId: string): Promise<Item | undefined> {
    return (await this.#items.find(project, itemId))?.body.item;
  }

  async removeItem(project: string, id: string, itemId: string): Promise<void> {
    await this.#items.remove(project, itemId, { parentId: id });
  }
}
