import { Worker } from "node:worker_threads";
import { type Answered, type Asked, OPENED, type ThreadStart } from "./messages.ts";

/** A thread that holds a folder's database; it keeps the process alive only while somebody waits for it. */
export class DatabaseThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, PromiseWithResolvers<Uint8Array>>();
  #last = OPENED;
  #isOver = false;

  private constructor(start: ThreadStart) {
    this.#worker = new Worker(threadFile, { workerData: start, execArgv: [], env: {} });
    this.#worker.on("message", (reply: Answered) => this.#settle(reply));
    this.#worker.on("error", (error) => this.#end(error));
    this.#worker.on("exit", () => this.#end(new Error("the database's thread has ended")));
  }

  /** @throws what the database says when it cannot be opened */
  static async start(start: ThreadStart): Promise<DatabaseThread> {
    const thread = new DatabaseThread(start);
    try {
      await thread.#expect(OPENED);
    } catch (error) {
      await thread.#worker.terminate();
      throw error;
    }
    return thread;
  }

  /** Sends messages of PostgreSQL's protocol. @returns the answers to all of them */
  async send(bytes: Uint8Array): Promise<Uint8Array> {
    return await this.#ask({ id: ++this.#last, bytes });
  }

  async close(): Promise<void> {
    await this.#ask({ id: ++this.#last, close: true });
    await this.#worker.terminate();
  }

  async #ask(asked: Asked): Promise<Uint8Array> {
    if (this.#isOver) throw new Error("the database's thread has ended");
    const answered = this.#expect(asked.id);
    this.#worker.postMessage(asked);
    return await answered;
  }

  #expect(id: number): Promise<Uint8Array> {
    const waiting = Promise.withResolvers<Uint8Array>();
    this.#waiting.set(id, waiting);
    if (this.#waiting.size === 1) this.#worker.ref();
    return waiting.promise;
  }

  #settle(reply: Answered): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ("failed" in reply) waiting?.reject(new Error(reply.failed.message));
    else waiting?.resolve(reply.bytes ?? new Uint8Array());
  }

  #end(error: Error): void {
    this.#isOver = true;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

const threadFile = new URL(`./database.worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
