import type { TextGenerator } from "@loam/models";

/** A share in an open session. */
export interface SessionLease {
  generator: TextGenerator;
  /** The last to let go closes the session. */
  release(): Promise<void>;
}

/** Open sessions by what they were compiled from, each closed when nobody uses it any more. */
export class SharedSessions {
  readonly #sessions = new Map<string, { opening: Promise<TextGenerator>; users: number }>();

  get size(): number {
    return this.#sessions.size;
  }

  async lease(key: string, open: () => Promise<TextGenerator>): Promise<SessionLease> {
    const session = this.#sessions.get(key) ?? { opening: open(), users: 0 };
    this.#sessions.set(key, session);
    session.users++;
    const release = async () => {
      if (--session.users > 0 || this.#sessions.get(key) !== session) return;
      this.#sessions.delete(key);
      await (await session.opening).close();
    };
    try {
      return { generator: await session.opening, release };
    } catch (error) {
      if (this.#sessions.get(key) === session) this.#sessions.delete(key);
      throw error;
    }
  }

  async close(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    await Promise.all(sessions.map(async ({ opening }) => (await opening).close()));
  }
}
