import { createHash } from "node:crypto";
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

/** Answers by the key that their requests came with: what is asked twice is done once. */
export class IdempotentAnswers {
  readonly #rows: Collection<Body>;
  readonly #running = new Map<string, Promise<unknown>>();

  constructor(db: Database) {
    this.#rows = new Collection(db, "idempotency", "idempotency key");
  }

  /**
   * Gives the answer that was given to this key before; else does the work, and keeps its answer unless it is an error that
   * may pass.
   *
   * @throws {LoamError} `idempotency_key_reused` for another request under the same key.
   */
  async once(
    { project, key, request }: { project: string; key: string; request: string },
    work: () => Promise<KeptAnswer>,
  ): Promise<KeptAnswer> {
    const asked = createHash("sha256").update(request).digest("hex");
    const name = `${project}\0${key}`;
    await this.#running.get(name)?.catch(() => {});
    for (const old of await this.#rows.expired()) await this.#rows.remove(old.project, old.id).catch(() => {});
    const { row, isNew } = await this.#rows.insertOnce({
      ...{ project, key, body: { asked, answer: null } },
      expiresAt: fromNow(longestRequestMs),
    });
    if (!isNew) {
      if (row.body.asked !== asked) throw new KeyReusedError(key);
      if (row.body.answer) return row.body.answer;
      throw new KeyInUseError(key);
    }
    const doing = (async () => {
      try {
        const answer = await work();
        if (answer.status < 500 && answer.status !== 429)
          await this.#rows.update(project, row.id, { body: { answer }, expiresAt: fromNow(lifeMs) });
        else await this.#rows.remove(project, row.id);
        return answer;
      } catch (error) {
        await this.#rows.remove(project, row.id);
        throw error;
      } finally {
        this.#running.delete(name);
      }
    })();
    this.#running.set(name, doing);
    return await doing;
  }
}

class KeyReusedError extends LoamError {
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
