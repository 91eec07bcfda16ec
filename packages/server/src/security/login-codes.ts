import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { type Store, spentCodes } from "@loam/store";
import { lt, sql } from "drizzle-orm";

const lifeMs = 10 * 60_000;
const nonceBytes = 18;

/**
 * Codes that open one session within ten minutes. Every server with the token can tell a good one by its signature (when it
 * ends, a nonce, HMAC-SHA-256 over both), and the database tells which were used, so that a code works once, anywhere.
 */
export class LoginCodes {
  readonly #store: Pick<Store, "db">;
  readonly #key: Buffer;

  constructor(store: Pick<Store, "db">, token: string) {
    this.#store = store;
    this.#key = createHmac("sha256", token).update("loam login code").digest();
  }

  issue(): string {
    const body = Buffer.alloc(6 + nonceBytes);
    body.writeUIntBE(Date.now() + lifeMs, 0, 6);
    randomBytes(nonceBytes).copy(body, 6);
    return Buffer.concat([body, this.#sign(body)]).toString("base64url");
  }

  /** Whether the code is good; from now on it is not. */
  async redeem(code: string): Promise<boolean> {
    const bytes = Buffer.from(code, "base64url");
    const body = bytes.subarray(0, 6 + nonceBytes);
    const signature = bytes.subarray(6 + nonceBytes);
    const expected = this.#sign(body);
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return false;
    const endsAt = body.readUIntBE(0, 6);
    if (endsAt < Date.now()) return false;
    // The bytes, not the text: a code has several spellings.
    const hash = createHash("sha256").update(bytes).digest("hex");
    const spent = await this.#store.db
      .insert(spentCodes)
      .values({ hash, expiresAt: new Date(endsAt) })
      .onConflictDoNothing()
      .returning({ hash: spentCodes.hash });
    await this.#store.db.delete(spentCodes).where(lt(spentCodes.expiresAt, sql`now() - interval '1 hour'`));
    return spent.length === 1;
  }

  #sign(body: Uint8Array): Buffer {
    return createHmac("sha256", this.#key).update(body).digest();
  }
}
