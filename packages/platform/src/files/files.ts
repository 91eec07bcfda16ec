import { ArgumentError, InputError } from "@loam/core";
import type { Database, Store } from "@loam/store";
import { Collection, type Match, type Stored } from "../objects/collection.ts";
import { newObjectId } from "../objects/ids.ts";
import type { Page, PageQuery } from "../objects/page.ts";

/** What a client may send a file for. */
export const uploadPurposes = ["assistants", "batch", "fine-tune", "vision", "user_data", "evals"] as const;

/** What files are for; the last three are made here. */
export const filePurposes = [...uploadPurposes, "assistants_output", "batch_output", "fine-tune-results"] as const;

export type FilePurpose = (typeof filePurposes)[number];

export interface FileBody {
  filename: string;
  purpose: FilePurpose;
  sizeBytes: number;
  contentType: string;
}

export type StoredFile = Stored<FileBody>;

export interface NewFile {
  filename: string;
  purpose: FilePurpose;
  contentType?: string;
  /** The file goes by itself after so long; left out, files of batches after thirty days and others never. */
  expiresAfterSeconds?: number;
}

/** A file that comes from elsewhere and keeps its id. */
export interface AdoptedFile extends Omit<FileBody, "sizeBytes"> {
  id: string;
  createdAt: Date;
  expiresAt: Date | null;
}

/** Bytes that are kept and are no file yet. */
export interface StagedBytes {
  id: string;
  sizeBytes: number;
}

const batchLifeSeconds = 30 * 24 * 3600;

/** Files: their bytes are blobs, and what is known of them rows. */
export class Files {
  readonly #store: Store;
  readonly #rows: Collection<FileBody>;
  readonly #onRemoved: ((project: string, id: string) => Promise<void>)[] = [];

  constructor(store: Store) {
    this.#store = store;
    this.#rows = new Collection(store.db, "file", "file", { hidesExpired: true });
  }

  /** Called when a file is gone, for what was made of it. */
  onRemoved(handle: (project: string, id: string) => Promise<void>): void {
    this.#onRemoved.push(handle);
  }

  /** Keeps bytes as they arrive, before it is known what they are for. */
  async stage(content: AsyncIterable<Uint8Array>): Promise<StagedBytes> {
    const id = newObjectId("file");
    return { id, ...(await this.#store.blobs.putStream(blobKey(id), content)) };
  }

  async discard({ id }: StagedBytes): Promise<void> {
    await this.#store.blobs.delete(blobKey(id));
  }

  async stagedContent(id: string): Promise<ReadableStream<Uint8Array>> {
    return await this.#store.blobs.stream(blobKey(id));
  }

  /** Makes staged bytes a file; within a transaction, when one is given. */
  async keep(
    project: string,
    { id, sizeBytes }: StagedBytes,
    file: NewFile,
    db: Database = this.#store.db,
  ): Promise<StoredFile> {
    const { filename, purpose, contentType = "application/octet-stream" } = file;
    const seconds = file.expiresAfterSeconds ?? (purpose === "batch" ? batchLifeSeconds : undefined);
    const createdAt = new Date();
    return await this.#rows.in(db).insert({
      ...{ id, project, createdAt },
      status: "processed",
      expiresAt: seconds === undefined ? null : new Date(createdAt.getTime() + seconds * 1000),
      body: { filename, purpose, sizeBytes, contentType },
    });
  }

  async create(project: string, content: AsyncIterable<Uint8Array> | Uint8Array, file: NewFile): Promise<StoredFile> {
    const parts = content instanceof Uint8Array ? oneOf(content) : content;
    return await this.keep(project, await this.stage(parts), file);
  }

  /** Keeps a file that has an id from elsewhere, unless there is one of that id, whoever's it is. @returns whether it is new */
  async adopt(
    project: string,
    content: AsyncIterable<Uint8Array>,
    { id, createdAt, expiresAt, filename, purpose, contentType }: AdoptedFile,
  ): Promise<boolean> {
    if (await this.#rows.findAnywhere(id)) return false;
    const { sizeBytes } = await this.#store.blobs.putStream(blobKey(id), content);
    return await this.#rows.insertKnown({
      ...{ id, project, createdAt, expiresAt, status: "processed" },
      body: { filename, purpose, sizeBytes, contentType },
    });
  }

  /** @throws {NotFoundError} */
  async get(project: string, id: string): Promise<StoredFile> {
    return await this.#rows.get(project, id);
  }

  async find(project: string, id: string): Promise<StoredFile | undefined> {
    return await this.#rows.find(project, id);
  }

  /**
   * A file that a request names for a purpose.
   *
   * @throws {InputError} naming the parameter when there is no such file or it is for something else.
   */
  async getFor(
    project: string,
    id: string,
    { name, purposes }: { name: string; purposes?: readonly FilePurpose[] },
  ): Promise<StoredFile> {
    const file = await this.#rows.find(project, id);
    if (!file) {
      throw new InputError("invalid_argument", `\`${name}\`: there is no file ${JSON.stringify(id)}.`, {
        details: { name, id },
        hint: "upload it with POST /v1/files and take the id from the answer",
      });
    }
    if (!purposes || purposes.includes(file.body.purpose)) return file;
    throw new ArgumentError(
      name,
      `${id}, a file for ${JSON.stringify(file.body.purpose)}`,
      `a file for ${purposes.map((purpose) => JSON.stringify(purpose)).join(" or ")}`,
      `upload it again with purpose=${purposes[0]}`,
    );
  }

  async page(project: string, query: PageQuery, { purpose }: { purpose?: string } = {}): Promise<Page<StoredFile>> {
    const match: Match = purpose === undefined ? {} : { body: { purpose } };
    return await this.#rows.page(project, query, match);
  }

  /** The bytes, from the first. */
  async content({ id }: StoredFile): Promise<ReadableStream<Uint8Array>> {
    return await this.#store.blobs.stream(blobKey(id));
  }

  /** The lines of a text file, one after another. */
  async *lines(file: StoredFile): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const part of await this.content(file)) {
      const lines = (rest + decoder.decode(part, { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const line of lines) yield line.endsWith("\r") ? line.slice(0, -1) : line;
    }
    rest += decoder.decode();
    if (rest !== "") yield rest;
  }

  /** Takes the file away, out of every vector store too. */
  async remove(project: string, id: string): Promise<void> {
    await this.#rows.remove(project, id);
    for (const handle of this.#onRemoved) await handle(project, id);
    await this.#store.blobs.delete(blobKey(id));
  }

  /** Takes away what has outlived its time. */
  async sweep(): Promise<void> {
    for (const { project, id } of await this.#rows.expired()) await this.remove(project, id);
  }
}

function blobKey(id: string): string {
  return `files/${id}`;
}

async function* oneOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
