import { createHash } from "node:crypto";
import { ArgumentError } from "@loam/core";
import type { Store } from "@loam/store";
import type { FilePurpose, Files, StoredFile } from "../files/files.ts";
import { Collection, StateError, type Stored } from "../objects/collection.ts";

/** The most that a part may hold, and an upload, as OpenAI has it. */
export const maxPartBytes = 64 * 1024 ** 2;
export const maxUploadBytes = 8 * 1024 ** 3;

const lifeMs = 3600_000;

export interface UploadBody {
  filename: string;
  purpose: FilePurpose;
  contentType: string;
  /** How many bytes it will have when it is complete. */
  sizeBytes: number;
  expiresAfterSeconds?: number;
  fileId?: string;
}

export type StoredUpload = Stored<UploadBody>;

export interface PartBody {
  sizeBytes: number;
  /** Where its bytes lie. */
  stagedId: string;
}

/** A large file in parts, which may come in any order and at the same time. Its file is made when it is completed. */
export class Uploads {
  readonly #files: Files;
  readonly #store: Store;
  readonly #rows: Collection<UploadBody>;
  readonly #parts: Collection<PartBody>;

  constructor(store: Store, files: Files) {
    this.#files = files;
    this.#store = store;
    this.#rows = new Collection(store.db, "upload");
    this.#parts = new Collection(store.db, "upload_part", "part");
  }

  /** @throws {ArgumentError} when it is larger than an upload may be. */
  async create(project: string, body: UploadBody): Promise<StoredUpload> {
    if (body.sizeBytes > maxUploadBytes) throw new ArgumentError("bytes", body.sizeBytes, `at most ${maxUploadBytes}`);
    const createdAt = new Date();
    const expiresAt = new Date(createdAt.getTime() + lifeMs);
    return await this.#rows.insert({ project, status: "pending", createdAt, expiresAt, body });
  }

  /** @throws {StateError} when the upload takes no more parts. */
  async addPart(project: string, id: string, content: AsyncIterable<Uint8Array>): Promise<Stored<PartBody>> {
    this.#requirePending(await this.#rows.get(project, id));
    const staged = await this.#files.stage(content);
    try {
      return await this.#store.db.transaction(async (tx) => {
        // The row lock of `update` keeps a completion from passing in between.
        this.#requirePending(await this.#rows.in(tx).update(project, id, () => ({})));
        const body = { sizeBytes: staged.sizeBytes, stagedId: staged.id };
        return await this.#parts.in(tx).insert({ project, parentId: id, body });
      });
    } catch (error) {
      await this.#files.discard(staged);
      throw error;
    }
  }

  /** Takes back a part whose request broke off. */
  async removePart({ project, id, body }: Stored<PartBody>): Promise<void> {
    await this.#parts.remove(project, id);
    await this.#files.discard({ id: body.stagedId, sizeBytes: body.sizeBytes });
  }

  /**
   * Joins the parts in the order named, as the file.
   *
   * @throws {ArgumentError} when a part is not of this upload, or sizes or the checksum do not agree.
   */
  async complete(
    project: string,
    id: string,
    { partIds, md5 }: { partIds: readonly string[]; md5?: string },
  ): Promise<{ upload: StoredUpload; file: StoredFile }> {
    const upload = this.#requirePending(await this.#rows.get(project, id));
    const parts = await this.#partsNamed(project, upload, partIds);
    const total = parts.reduce((sum, part) => sum + part.body.sizeBytes, 0);
    if (total !== upload.body.sizeBytes) {
      const expected = `parts of ${upload.body.sizeBytes} bytes together, as the upload was created with`;
      throw new ArgumentError("part_ids", `${parts.length} parts of ${total} bytes`, expected);
    }
    const hash = createHash("md5");
    const staged = await this.#files.stage(this.#joined(parts, (bytes) => hash.update(bytes)));
    try {
      const digest = hash.digest("hex");
      if (md5 !== undefined && md5.toLowerCase() !== digest) {
        throw new ArgumentError("md5", md5, `${digest}, which is what the parts have`, "send the parts again");
      }
      const { filename, purpose, contentType, expiresAfterSeconds } = upload.body;
      const result = await this.#store.db.transaction(async (tx) => {
        const done = await this.#rows.in(tx).update(project, id, (row) => {
          this.#requirePending(row);
          return { status: "completed", expiresAt: null, body: { fileId: staged.id } };
        });
        const wanted = { filename, purpose, contentType, expiresAfterSeconds };
        return { upload: done, file: await this.#files.keep(project, staged, wanted, tx) };
      });
      await this.#dropParts(project, id);
      return result;
    } catch (error) {
      await this.#files.discard(staged);
      throw error;
    }
  }

  async cancel(project: string, id: string): Promise<StoredUpload> {
    const upload = await this.#rows.update(project, id, (row) => {
      this.#requirePending(row);
      return { status: "cancelled", expiresAt: null };
    });
    await this.#dropParts(project, id);
    return upload;
  }

  /** Ends uploads that were not completed within their hour. */
  async sweep(): Promise<void> {
    for (const { project, id } of await this.#rows.expired()) {
      const change = ({ status }: StoredUpload) => ({
        expiresAt: null,
        ...(status === "pending" ? { status: "expired" } : {}),
      });
      await this.#rows.update(project, id, change);
      await this.#dropParts(project, id);
    }
  }

  #requirePending(upload: StoredUpload): StoredUpload {
    const isOver = upload.status === "pending" && upload.expiresAt !== null && upload.expiresAt <= new Date();
    const status = isOver ? "expired" : upload.status;
    if (status === "pending") return upload;
    throw new StateError(`The upload ${upload.id} is ${status} and takes nothing more.`, {
      details: { id: upload.id, status },
      hint: "create another with POST /v1/uploads",
    });
  }

  async #partsNamed(project: string, { id }: StoredUpload, partIds: readonly string[]): Promise<Stored<PartBody>[]> {
    const known = new Map<string, Stored<PartBody>>();
    for await (const part of this.#parts.all(project, { parentId: id })) known.set(part.id, part);
    return partIds.map((partId, i) => {
      const part = known.get(partId);
      if (!part) throw new ArgumentError(`part_ids.${i}`, partId, `the id of a part of ${id}`);
      if (partIds.indexOf(partId) !== i) throw new ArgumentError(`part_ids.${i}`, partId, "each part once");
      return part;
    });
  }

  async *#joined(parts: readonly Stored<PartBody>[], see: (bytes: Uint8Array) => void): AsyncGenerator<Uint8Array> {
    for (const part of parts) {
      for await (const bytes of await this.#files.stagedContent(part.body.stagedId)) {
        see(bytes);
        yield bytes;
      }
    }
  }

  async #dropParts(project: string, id: string): Promise<void> {
    for await (const part of this.#parts.all(project, { parentId: id })) {
      await this.#files.discard({ id: part.body.stagedId, sizeBytes: part.body.sizeBytes });
    }
  }
}
