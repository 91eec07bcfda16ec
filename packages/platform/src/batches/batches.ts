import type { Store } from "@loam/store";
import { cancelWork, startWorkWith } from "@loam/work";
import type { Files } from "../files/files.ts";
import { Collection, StateError } from "../objects/collection.ts";
import { newObjectId } from "../objects/ids.ts";
import type { Metadata } from "../objects/metadata.ts";
import type { Page, PageQuery } from "../objects/page.ts";
import { endingEvent } from "../webhooks/event-types.ts";
import type { NoteEvent } from "../webhooks/webhooks.ts";
import type { BatchBody, BatchEndpoint, BatchLineBody, BatchStatus, StoredBatch } from "./types.ts";

/** What may be asked for before the work that does it is composed. */
export const batchKindName = "batch";

const windowMs = 24 * 3600_000;
const nowSeconds = () => Math.floor(Date.now() / 1000);

const over: readonly string[] = ["failed", "completed", "expired", "cancelled"];

export interface NewBatch {
  inputFileId: string;
  endpoint: BatchEndpoint;
  outputLifeSeconds?: number;
  metadata?: Metadata;
}

/** Many requests of a file, answered one after another into another file. */
export class Batches {
  readonly #store: Store;
  readonly files: Files;
  readonly rows: Collection<BatchBody>;
  readonly lines: Collection<BatchLineBody>;
  readonly #note: NoteEvent;

  constructor(store: Store, files: Files, note: NoteEvent) {
    this.#store = store;
    this.#note = note;
    this.files = files;
    this.rows = new Collection(store.db, "batch");
    this.lines = new Collection(store.db, "batch_line", "request");
  }

  async create(
    project: string,
    { inputFileId, endpoint, outputLifeSeconds, metadata }: NewBatch,
  ): Promise<StoredBatch> {
    await this.files.getFor(project, inputFileId, { name: "input_file_id", purposes: ["batch"] });
    const createdAt = new Date();
    const kind = { name: batchKindName, parse: (value: unknown) => value };
    return await startWorkWith(this.#store, kind, async (tx, start) => {
      const rows = this.rows.in(tx);
      const batch = await rows.insert({
        ...{ project, metadata, createdAt, status: "validating" },
        expiresAt: new Date(createdAt.getTime() + windowMs),
        body: {
          ...{ inputFileId, endpoint, outputLifeSeconds, outputFileId: null, errorFileId: null, problems: [] },
          ...{ total: 0, completed: 0, failed: 0, times: {}, workId: null },
        },
      });
      const work = await start({ project, batchId: batch.id }, { owner: project });
      return await rows.update(project, batch.id, { body: { workId: work.id } });
    });
  }

  async get(project: string, id: string): Promise<StoredBatch> {
    return await this.#counted(await this.rows.get(project, id));
  }

  async page(project: string, query: PageQuery): Promise<Page<StoredBatch>> {
    const { data, hasMore } = await this.rows.page(project, query);
    return { data: await Promise.all(data.map((batch) => this.#counted(batch))), hasMore };
  }

  /** @throws {StateError} when the batch has ended. */
  async cancel(project: string, id: string): Promise<StoredBatch> {
    const batch = await this.rows.update(project, id, ({ status, body }) => {
      if (status === "cancelling") return undefined;
      if (over.includes(status) || status === "finalizing") {
        throw new StateError(`The batch ${id} is ${status} and cannot be cancelled.`, {
          details: { id, status },
          hint: "only a batch that is validating, in_progress or finalizing can be",
        });
      }
      return { status: "cancelling", body: { times: { ...body.times, cancelling: nowSeconds() } } };
    });
    const work = batch.body.workId && (await cancelWork(this.#store, batch.body.workId));
    if (work && work.status === "running") return await this.#counted(batch);
    return await this.finish(batch, "cancelled");
  }

  /** Goes to a status, and notes when. What has ended stays as it is, and what is being cancelled can only end. */
  async enter(batch: StoredBatch, status: BatchStatus, body: Partial<BatchBody> = {}): Promise<StoredBatch> {
    const { project, id } = batch;
    return await this.rows.update(project, id, async (current, tx) => {
      if (over.includes(current.status)) return undefined;
      if (current.status === "cancelling" && !over.includes(status)) return undefined;
      await this.#note(tx, { project, type: endingEvent("batch", status), id });
      return { status, body: { ...body, times: { ...current.body.times, [status]: nowSeconds() } } };
    });
  }

  /** Writes what was answered into the output and error files, and ends the batch. */
  async finish(batch: StoredBatch, status: "completed" | "cancelled" | "expired"): Promise<StoredBatch> {
    const { project, id, body } = batch;
    const counts = await this.lines.countByStatus(project, { parentId: id });
    const [completed, failed] = [counts.get("completed") ?? 0, counts.get("failed") ?? 0];
    const expiresAfterSeconds = body.outputLifeSeconds;
    const write = async (lineStatus: string, name: string) => {
      const purpose = "batch_output" as const;
      const file = { filename: `${id}_${name}.jsonl`, purpose, contentType: "application/jsonl", expiresAfterSeconds };
      return (await this.files.create(project, this.#linesOf(project, id, lineStatus), file)).id;
    };
    const outputFileId = completed > 0 ? await write("completed", "output") : null;
    const errorFileId = failed > 0 ? await write("failed", "error") : null;
    const ended = await this.enter(batch, status, { outputFileId, errorFileId, completed, failed });
    await this.rows.update(project, id, { expiresAt: null });
    for await (const line of this.lines.all(project, { parentId: id })) await this.lines.remove(project, line.id);
    return ended;
  }

  async fail(batch: StoredBatch, problems: BatchBody["problems"]): Promise<void> {
    await this.enter(batch, "failed", { problems });
  }

  /** Ends batches whose day is over, with what is done of them. */
  async sweep(): Promise<void> {
    for (const batch of await this.rows.expired()) {
      if (over.includes(batch.status)) {
        await this.rows.update(batch.project, batch.id, { expiresAt: null });
        continue;
      }
      if (batch.body.workId) await cancelWork(this.#store, batch.body.workId).catch(() => {});
      await this.finish(batch, "expired");
    }
  }

  async #counted(batch: StoredBatch): Promise<StoredBatch> {
    if (over.includes(batch.status)) return batch;
    const counts = await this.lines.countByStatus(batch.project, { parentId: batch.id });
    const [completed, failed] = [counts.get("completed") ?? 0, counts.get("failed") ?? 0];
    return { ...batch, body: { ...batch.body, completed, failed } };
  }

  async *#linesOf(project: string, parentId: string, status: string): AsyncGenerator<Uint8Array> {
    for await (const { key, body } of this.lines.all(project, { parentId, status })) {
      const { statusCode, requestId, answer } = body;
      const response = { status_code: statusCode, request_id: requestId, body: answer };
      const line = { id: newObjectId("batch_line"), custom_id: key, response, error: null };
      yield Buffer.from(`${JSON.stringify(line)}\n`);
    }
  }
}
