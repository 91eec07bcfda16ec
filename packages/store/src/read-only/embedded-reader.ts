import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { EmbeddedDatabase } from "../database/thread/threaded-pglite.ts";
import { type ReadLimits, type ReadResult, ReadTimeoutError } from "./read-only.ts";
import { FolderCopy } from "./snapshot.ts";

/** How long a thread without anything to read is kept. */
const idleMs = 60_000;
/** Opening the copy takes a moment that is not the query's. */
const openingMs = 20_000;

type Reply = { result: ReadResult } | { error: { message: string; code?: string; position?: string } };

/**
 * Reads from the embedded database without holding anybody up. It runs in this process's main thread and has no way
 * to be interrupted, so a query goes to a copy of its folder in a thread of its own, which is ended when its time is up.
 */
export class EmbeddedReader {
  readonly #pglite: EmbeddedDatabase;
  readonly #folder: string;
  #copy: { folder: string; files: FolderCopy } | undefined;
  #worker: Worker | undefined;
  /** The place in the write-ahead log that the thread's copy has come to. */
  #at: string | undefined;
  #retire: NodeJS.Timeout | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(pglite: EmbeddedDatabase, folder: string) {
    this.#pglite = pglite;
    this.#folder = folder;
  }

  /** One after the other. */
  read(text: string, limits: ReadLimits): Promise<ReadResult> {
    const reading = this.#last.then(async () => await this.#read(text, limits));
    this.#last = reading.catch(() => {});
    return reading;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#endThread();
    if (this.#copy) await rm(this.#copy.folder, { recursive: true, force: true });
    this.#copy = undefined;
  }

  async #read(text: string, limits: ReadLimits): Promise<ReadResult> {
    clearTimeout(this.#retire);
    const { worker, isNew } = await this.#thread();
    const answered = Promise.withResolvers<Reply>();
    const onExit = () => answered.reject(new Error("the reading thread has ended"));
    worker.once("message", answered.resolve).once("error", answered.reject).once("exit", onExit);
    const timer = setTimeout(
      () => answered.reject(new ReadTimeoutError(limits.timeoutMs)),
      limits.timeoutMs + (isNew ? openingMs : 0),
    );
    let mayGoOn = false;
    try {
      worker.postMessage({ text, limits });
      const reply = await answered.promise;
      // An error of the class XX is one of the database itself: nobody knows what it is good for then.
      mayGoOn = "result" in reply || !/^XX|^5/.test(reply.error.code ?? "XX");
      if ("result" in reply) return reply.result;
      throw Object.assign(new Error(reply.error.message), reply.error);
    } finally {
      clearTimeout(timer);
      worker.off("message", answered.resolve).off("error", answered.reject).off("exit", onExit);
      if (!mayGoOn) await this.#endThread();
      this.#retire = setTimeout(() => void this.#endThread(), idleMs).unref();
    }
  }

  /** A thread whose copy holds all that is committed. */
  async #thread(): Promise<{ worker: Worker; isNew: boolean }> {
    const { rows } = await this.#pglite.query<{ at: string }>("select pg_current_wal_insert_lsn()::text as at");
    const at = rows[0]!.at;
    if (this.#worker && this.#at === at) return { worker: this.#worker, isNew: false };
    await this.#endThread();
    if (!this.#copy) {
      const folder = await mkdtemp(join(tmpdir(), "loam-read-"));
      this.#copy = { folder, files: new FolderCopy(this.#folder, folder) };
    }
    const { folder, files } = this.#copy;
    // Nothing is written meanwhile: the copy is what a crash at this moment would leave, which Postgres recovers from.
    await this.#pglite.transaction(async () => await files.update());
    this.#at = at;
    this.#worker = new Worker(threadFile, {
      workerData: { folder },
      execArgv: [],
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: 512 },
    });
    this.#worker.on("error", () => {});
    this.#worker.unref();
    return { worker: this.#worker, isNew: true };
  }

  async #endThread(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#at = undefined;
    await worker?.terminate();
  }
}

const threadFile = new URL(`./reader.worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
