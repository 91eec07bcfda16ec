import { LoamError } from "@loam/core";
import type { Database } from "@loam/store";
import { Collection } from "./collection.ts";

/** What was answered to a request. */
export interface KeptAnswer {
  status: number;
  contentType: string;
  text: string;
}

interface Body {
  /** SHA-256 of what was asked. */
  asked: string;
  answer: KeptAnswer | null;
}

const lifeMs = 24 * 3600_000;
/** A request whose server was killed holds its key no longer. */
const longestRequestMs = 10 * 60_000;
const fromNow = (ms: number) => new Date(Date.now() + ms);

/** What is under a key: an answer to a request, or the place for one that is still to be given. */
export type KeyedAnswer =
  | { isNew: false; asked: string; answer: KeptAnswer }
  | {
      isNew: true;
      /** Keeps what was answered; an error that may pass is not kept. */
      keep: (asked: string, answer: KeptAnswer) => Promise<void>;
      /** Gives the key back. */
      drop: () => Promise<void>;
    };

/** Answers by the key that their requests came with: what is asked twice is done once. */
export class IdempotentAnswers {
  readonly #rows: Collection<Body>;
  readonly #running = new Map<string, Promise<unknown>>();

  constructor(db: Database) {
    this.#rows = new Collection(db, "idempotency", "idempotency key");
  }

  /**
   * Looks what is under a key, and takes it where nothing is. A request that is being answered by this process is waited for.
   *
   * @throws {LoamError} `idempotency_key_in_use` where another process answers it.
   */
  async open({ project, key }: { project: string; key: string }): Promise<KeyedAnswer> {
    const name = `${project}\0${key}`;
    for (let running = this.#running.get(name); running; running = this.#running.get(name)) await running;
    let ended: () => void = () => {};
    this.#running.set(name, new Promise<void>((resolve) => (ended = resolve)));
    const end = () => {
      this.#running.delete(name);
      ended();
    };
    try {
      for (const old of await this.#rows.expired()) await this.#rows.remove(old.project, old.id).catch(() => {});
      const { row, isNew } = await this.#rows.insertOnce({
        ...{ project, key, body: { asked: "", answer: null } },
        expiresAt: fromNow(longestRequestMs),
      });
      if (!isNew) {
        end();
        const { asked, answer } = row.body;
        if (!answer) throw new KeyInUseError(key);
        return { isNew: false, asked, answer };
      }
      const drop = async () => {
        await this.#rows.remove(project, row.id).catch(() => {});
        end();
      };
      return {
        isNew: true,
        drop,
        keep: async (asked, answer) => {
          if (answer.status >= 500 || answer.status === 429) return await drop();
          await this.#rows
            .update(project, row.id, { body: { asked, answer }, expiresAt: fromNow(lifeMs) })
            .finally(end);
        },
      };
    } catch (error) {
      end();
      throw error;
    }
  }
}

/** Another request came under a key that has its answer. */
export class KeyReusedError extends LoamError {
  constructor(key: string) {
    super("idempotency_key_reused", `The Idempotency-Key ${JSON.stringify(key)} was used for another request.`, {
      details: { key },
      hint: "use a key of its own for each request",
      status: 400,
      exitCode: 3,
    });
  }
}

class KeyInUseError extends LoamError {
  constructor(key: string) {
    super("idempotency_key_in_use", `The request with the Idempotency-Key ${JSON.stringify(key)} is being worked on.`, {
      details: { key },
      hint: "try again in a moment",
      status: 409,
      exitCode: 3,
    });
  }
}
