import type { Database } from "@loam/store";
import { type SQL, sql } from "drizzle-orm";
import type { Files } from "../files/files.ts";
import { Collection, StateError } from "../objects/collection.ts";
import type { Metadata } from "../objects/metadata.ts";
import type { Page, PageQuery } from "../objects/page.ts";
import type { VectorStores } from "../vector-stores/vector-stores.ts";
import { activeStatuses } from "./run-state.ts";
import type {
  Attachment,
  MessageBody,
  MessagePart,
  RunBody,
  StoredMessage,
  StoredThread,
  ThreadBody,
  ToolResources,
} from "./types.ts";

/** A message as a client adds it. */
export interface NewMessage {
  role: "user" | "assistant";
  content: MessagePart[];
  attachments?: Attachment[];
  metadata?: Metadata;
}

/** What is attached to messages stays searchable for so many days after its last use. */
const attachmentDays = 7;

/** Threads and their messages. While a run is active, its thread takes neither messages nor another run. */
export class Threads {
  readonly #db: Database;
  readonly #files: Files;
  readonly #vectorStores: VectorStores;
  readonly #rows: Collection<ThreadBody>;
  readonly #messages: Collection<MessageBody>;
  readonly #runs: Collection<RunBody>;

  constructor({ db, files, vectorStores }: { db: Database; files: Files; vectorStores: VectorStores }) {
    this.#db = db;
    this.#files = files;
    this.#vectorStores = vectorStores;
    this.#rows = new Collection(db, "thread");
    this.#messages = new Collection(db, "message");
    this.#runs = new Collection(db, "run");
  }

  async create(
    project: string,
    {
      messages = [],
      toolResources = {},
      metadata,
    }: { messages?: NewMessage[]; toolResources?: ToolResources; metadata?: Metadata },
  ): Promise<StoredThread> {
    await this.#checkFiles(project, messages);
    const thread = await this.#db.transaction(async (tx) => {
      const row = await this.#rows.in(tx).insert({ project, metadata, body: { toolResources } });
      await this.#messages.in(tx).insertMany(messages.map((message) => toRow(project, row.id, message)));
      return row;
    });
    return (await this.#attach(project, thread.id, messages)) ?? thread;
  }

  async get(project: string, id: string): Promise<StoredThread> {
    return await this.#rows.get(project, id);
  }

  async update(
    project: string,
    id: string,
    { toolResources, metadata }: { toolResources?: ToolResources; metadata?: Metadata },
  ): Promise<StoredThread> {
    const body = toolResources ? { body: { toolResources } } : {};
    return await this.#rows.update(project, id, { ...body, ...(metadata ? { metadata } : {}) });
  }

  async remove(project: string, id: string): Promise<void> {
    await this.#rows.remove(project, id);
  }

  /**
   * Does something with a thread that has no active run, while nobody else does.
   *
   * @throws {StateError} naming the run that is active.
   */
  async whileFree<T>(
    project: string,
    id: string,
    refused: string,
    act: (tx: Database) => Promise<T>,
    { db = this.#db }: { db?: Database } = {},
  ): Promise<T> {
    return await db.transaction(async (tx) => {
      await this.#rows.in(tx).update(project, id, () => ({})); // holds the row until the transaction ends
      const query = { limit: 1, order: "desc" } as const;
      const active = await this.#runs.in(tx).page(project, query, { parentId: id, status: activeStatuses });
      const [run] = active.data;
      if (!run) return await act(tx);
      throw new StateError(`${refused}: the run ${run.id} of the thread ${id} is active (${run.status}).`, {
        details: { threadId: id, runId: run.id, status: run.status },
        hint: "wait for its end, or cancel it",
      });
    });
  }

  async addMessage(project: string, threadId: string, message: NewMessage): Promise<StoredMessage> {
    await this.#checkFiles(project, [message]);
    const object = toRow(project, threadId, message);
    // One statement where nothing is in the way; the long way says what is.
    const row =
      (await this.#messages.insertWhere(object, isFree(project, threadId))) ??
      (await this.whileFree(project, threadId, "A message cannot be added now", (tx) =>
        this.#messages.in(tx).insert(object),
      ));
    await this.#attach(project, threadId, [message]);
    return row;
  }

  /** Within a transaction that holds the thread. */
  async addMessagesIn(tx: Database, project: string, threadId: string, messages: readonly NewMessage[]): Promise<void> {
    await this.#messages.in(tx).insertMany(messages.map((message) => toRow(project, threadId, message)));
  }

  async prepareMessages(project: string, threadId: string, messages: readonly NewMessage[]): Promise<void> {
    await this.#checkFiles(project, messages);
    await this.#attach(project, threadId, messages);
  }

  async getMessage(project: string, threadId: string, id: string): Promise<StoredMessage> {
    await this.get(project, threadId);
    return await this.#messages.get(project, id, { parentId: threadId });
  }

  async messagePage(
    project: string,
    threadId: string,
    query: PageQuery,
    { runId }: { runId?: string } = {},
  ): Promise<Page<StoredMessage>> {
    const match = { parentId: threadId, ...(runId ? { body: { runId } } : {}) };
    const page = await this.#messages.page(project, query, match).catch(async (error) => {
      await this.get(project, threadId); // a thread that is not there is what is wrong first
      throw error;
    });
    if (page.data.length === 0) await this.get(project, threadId);
    return page;
  }

  async updateMessage(project: string, threadId: string, id: string, metadata: Metadata): Promise<StoredMessage> {
    await this.get(project, threadId);
    return await this.#messages.update(project, id, { metadata }, { parentId: threadId });
  }

  async removeMessage(project: string, threadId: string, id: string): Promise<void> {
    await this.get(project, threadId);
    await this.#messages.remove(project, id, { parentId: threadId });
  }

  async #checkFiles(project: string, messages: readonly NewMessage[]): Promise<void> {
    for (const { content, attachments = [] } of messages) {
      for (const { file_id } of attachments) await this.#files.getFor(project, file_id, { name: "attachments" });
      for (const part of content) {
        if (part.type === "image_file") {
          await this.#files.getFor(project, part.image_file.file_id, { name: "content.image_file.file_id" });
        }
      }
    }
  }

  /** Puts attachments in the thread's own vector store, which is made with the first. */
  async #attach(project: string, threadId: string, messages: readonly NewMessage[]): Promise<StoredThread | undefined> {
    const attached = messages.flatMap(({ attachments = [] }) => attachments.filter(({ tools }) => tools.length > 0));
    if (attached.length === 0) return undefined;
    const files = attached.map(({ file_id }) => ({ fileId: file_id }));
    const thread = await this.get(project, threadId);
    const [known] = thread.body.toolResources.file_search?.vector_store_ids ?? [];
    if (known !== undefined) {
      await this.#vectorStores.addBatch(project, known, files);
      return thread;
    }
    const store = await this.#vectorStores.create(project, { expiresAfterDays: attachmentDays }, files);
    const toolResources = { ...thread.body.toolResources, file_search: { vector_store_ids: [store.id] } };
    return await this.#rows.update(project, threadId, { body: { toolResources } });
  }
}

/** The thread is there, and none of its runs is active. */
function isFree(project: string, threadId: string): SQL {
  const statuses = sql.join(
    activeStatuses.map((status) => sql`${status}`),
    sql`, `,
  );
  return sql`exists (select 1 from platform_objects t where t.id = ${threadId} and t.kind = 'thread'
      and t.project = ${project} and t.deleted_at is null)
    and not exists (select 1 from platform_objects r where r.kind = 'run' and r.project = ${project}
      and r.parent_id = ${threadId} and r.status in (${statuses}) and r.deleted_at is null)`;
}

function toRow(project: string, threadId: string, { role, content, attachments = [], metadata }: NewMessage) {
  const endedAt = Math.floor(Date.now() / 1000);
  const nobody = { assistantId: null, runId: null, incompleteReason: null };
  const body: MessageBody = { ...nobody, role, content, attachments, endedAt };
  return { project, parentId: threadId, status: "completed", metadata, body };
}
