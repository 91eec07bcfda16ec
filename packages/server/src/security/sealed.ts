import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { isShared, type Store, sealedValues as table } from "@loam/store";
import { and, eq, gt, isNull, lt, or, sql } from "drizzle-orm";

const nonceBytes = 12;
const tagBytes = 16;

/**
 * Values in the database that only who has the servers' token can read: AES-256-GCM, the key from the token by HKDF-SHA-256, the
 * name bound to the value. With another token they are as if they were not there.
 */
export class SealedValues {
  readonly #store: Store;
  readonly #key: Buffer;

  constructor(store: Store, token: string) {
    this.#store = store;
    this.#key = Buffer.from(hkdfSync("sha256", token, "", "loam sealed values", 32));
  }

  async get(name: string): Promise<string | undefined> {
    const [row] = await this.#store.db
      .select({ sealed: table.sealed })
      .from(table)
      .where(and(eq(table.name, name), or(isNull(table.expiresAt), gt(table.expiresAt, sql`now()`))));
    return row && this.#open(name, row.sealed);
  }

  async set(name: string, value: string, { hours }: { hours?: number } = {}): Promise<void> {
    const sealed = this.#seal(name, value);
    const expiresAt = hours === undefined ? null : sql`now() + make_interval(hours => ${hours})`;
    await this.#store.db
      .insert(table)
      .values({ name, sealed, expiresAt })
      .onConflictDoUpdate({ target: table.name, set: { sealed, expiresAt, updatedAt: sql`now()` } });
    await this.#store.db.delete(table).where(lt(table.expiresAt, sql`now()`));
  }

  async delete(name: string): Promise<void> {
    await this.#store.db.delete(table).where(eq(table.name, name));
  }

  #seal(name: string, value: string): Uint8Array {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce).setAAD(Buffer.from(name));
    const text = Buffer.concat([cipher.update(value, "utf8"), cipher.final()]);
    return new Uint8Array(Buffer.concat([nonce, cipher.getAuthTag(), text]));
  }

  /** Undefined for what another token has sealed. */
  #open(name: string, sealed: Uint8Array): string | undefined {
    const [nonce, tag] = [sealed.subarray(0, nonceBytes), sealed.subarray(nonceBytes, nonceBytes + tagBytes)];
    const decipher = createDecipheriv("aes-256-gcm", this.#key, nonce).setAAD(Buffer.from(name)).setAuthTag(tag);
    try {
      const text = decipher.update(sealed.subarray(nonceBytes + tagBytes));
      return Buffer.concat([text, decipher.final()]).toString("utf8");
    } catch {
      return undefined;
    }
  }
}

/** What servers share beyond rows that anybody with the database may read; nothing without a database server or a token. */
export const sealedValues = (store: Store, token: string | undefined): SealedValues | undefined =>
  token !== undefined && isShared(store) ? new SealedValues(store, token) : undefined;
