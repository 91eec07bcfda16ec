import { index, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../columns.ts";

/** Login codes that were used: each opens one session, at whichever server it is brought to. */
export const spentCodes = pgTable(
  "spent_codes",
  {
    /** SHA-256 of the code, hex. */
    hash: text("hash").primaryKey(),
    /** After this the code is of no use to anybody, spent or not. */
    expiresAt: timestamp("expires_at", { withTimezone: true }).notNull(),
  },
  (table) => [index("spent_codes_by_expiry").on(table.expiresAt)],
);

/** What servers tell each other and nobody else may read: sealed with the token that they share. */
export const sealedValues = pgTable("sealed_values", {
  name: text("name").primaryKey(),
  /** AES-256-GCM: nonce (12 bytes), tag (16 bytes), ciphertext. */
  sealed: bytea("sealed").notNull(),
  /** When it is forgotten; null for never. */
  expiresAt: timestamp("expires_at", { withTimezone: true }),
  updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
});
