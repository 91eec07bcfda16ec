import { sql } from "drizzle-orm";
import { bigserial, index, integer, pgTable, text, timestamp, uniqueIndex } from "drizzle-orm/pg-core";
import { cleanText, createdAt, json } from "../columns.ts";

/**
 * Every object of the platform (files, assistants, threads, messages, runs, batches, …) in one table. All of them have
 * an id, a project, a time, a state and pairs of metadata, are listed newest first under the object that they belong
 * to, and end in the same ways; what only one kind has is in its `body`.
 */
export const platformObjects = pgTable(
  "platform_objects",
  {
    id: text("id").primaryKey(),
    kind: text("kind").notNull(),
    /** Objects of one project are not there for another. Empty: the one project of a Loam that has no keys. */
    project: text("project").notNull().default(""),
    /** The object that it belongs to (a message to its thread), and with which it goes; empty for none. */
    parentId: text("parent_id").notNull().default(""),
    /** The order of making, which pages follow. Seconds would not tell two apart. */
    position: bigserial("position", { mode: "number" }).notNull(),
    /** A second name that is unique among its siblings: a batch's `custom_id`, the hash of a key. */
    key: cleanText("key"),
    status: text("status").notNull().default(""),
    metadata: json("metadata").$type<Record<string, string>>().notNull(),
    body: json("body").notNull(),
    /** Counts its changes: who changes it says which version it has seen. */
    version: integer("version").notNull().default(1),
    createdAt: createdAt(),
    /** When it goes by itself. */
    expiresAt: timestamp("expires_at", { withTimezone: true }),
    /** It is gone for everybody; its place stays for a day, so that a page can go on after it. */
    deletedAt: timestamp("deleted_at", { withTimezone: true }),
  },
  (table) => [
    // Finds what belongs to an object, and reads a list in its order. Another index that begins like it would tempt a planner
    // without statistics to sort the whole list.
    index("platform_objects_in_order").on(table.parentId, table.kind, table.project, table.position),
    index("platform_objects_to_expire").on(table.expiresAt).where(sql`expires_at is not null`),
    index("platform_objects_by_status").on(table.kind, table.status),
    uniqueIndex("platform_objects_by_key")
      .on(table.kind, table.project, table.parentId, table.key)
      // Objects without a key are not in it: it would be larger, and a planner without statistics reads lists from it.
      .where(sql`deleted_at is null and key is not null`),
  ],
);
