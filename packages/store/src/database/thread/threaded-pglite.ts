import { existsSync } from "node:fs";
import { join } from "node:path";
import { Mutex, PGlite, protocol } from "@electric-sql/pglite";
import { DatabaseThread } from "./database-thread.ts";
import type { Durability } from "./durable-folder.ts";
import { makeDatabase } from "./new-database.ts";

type BackendMessage = Awaited<ReturnType<PGlite["execProtocolStream"]>>[number];

/** PGlite's `query`, `exec` and `transaction` over somebody else's protocol; it uses this class itself but names it nowhere. */
const BasePGlite = Object.getPrototypeOf(PGlite) as abstract new () => Pick<
  PGlite,
  "query" | "exec" | "transaction" | "runExclusive" | "parsers" | "serializers" | "_initArrayTypes"
>;

/** PGlite, as far as the store uses it. */
export type EmbeddedDatabase = Pick<
  PGlite,
  | "query"
  | "exec"
  | "transaction"
  | "runExclusive"
  | "_runExclusiveTransaction"
  | "execProtocol"
  | "execProtocolRaw"
  | "parsers"
  | "serializers"
  | "waitReady"
  | "close"
>;

/**
 * PGlite in a thread of its own: a statement of a second holds up other statements, but neither the answers to requests
 * nor timers, and reading requests goes on beside the writing of rows.
 */
class ThreadedPGlite extends BasePGlite {
  readonly debug = 0;
  readonly waitReady = Promise.resolve();
  readonly #thread: DatabaseThread;
  readonly #queries = new Mutex();
  readonly #transactions = new Mutex();
  #isClosed = false;

  constructor(thread: DatabaseThread) {
    super();
    this.#thread = thread;
  }

  async execProtocolRaw(message: Uint8Array): Promise<Uint8Array> {
    return await this.#thread.send(message);
  }

  async execProtocol(message: Uint8Array): Promise<{ messages: BackendMessage[]; data: Uint8Array }> {
    const data = await this.#thread.send(message);
    const messages: BackendMessage[] = [];
    new protocol.Parser().parse(data, (message) => messages.push(message));
    const error = messages.find((message) => message.name === "error");
    if (error) throw error;
    return { messages, data };
  }

  async execProtocolStream(message: Uint8Array): Promise<BackendMessage[]> {
    return (await this.execProtocol(message)).messages;
  }

  _runExclusiveQuery<T>(run: () => Promise<T>): Promise<T> {
    return this.#queries.runExclusive(run);
  }

  _runExclusiveTransaction<T>(run: () => Promise<T>): Promise<T> {
    return this.#transactions.runExclusive(run);
  }

  async _checkReady(): Promise<void> {
    if (this.#isClosed) throw new Error("PGlite is closed");
  }

  /** The folder's file system writes through; there is nothing to bring over. */
  async syncToFs(): Promise<void> {}
  async _handleBlob(): Promise<void> {}
  async _cleanupBlob(): Promise<void> {}
  async _getWrittenBlob(): Promise<undefined> {}

  async close(): Promise<void> {
    await this.#transactions.runExclusive(async () => {
      await this.#queries.runExclusive(async () => {
        if (this.#isClosed) return;
        this.#isClosed = true;
        await this.#thread.close();
      });
    });
  }
}

/** Opens a folder's database in a thread, and makes it where there was none. */
export async function openInThread(folder: string, durability: Durability): Promise<EmbeddedDatabase> {
  if (!existsSync(join(folder, "PG_VERSION"))) await makeDatabase(folder);
  const pglite = new ThreadedPGlite(await DatabaseThread.start({ folder, durability }));
  await pglite._initArrayTypes();
  return pglite as EmbeddedDatabase;
}
