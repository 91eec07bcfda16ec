import { bigint, index, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import { cleanText, createdAt, json } from "../columns.ts";

/** Folders that every server and worker can reach: datasets, base models, adapters, checkpoints. */
export const keptFolders = pgTable(
  "kept_folders",
  {
    /** What it is: `dataset`, `base`, `adapter`, … */
    kind: text("kind").notNull(),
    name: cleanText("name").notNull(),
    /** SHA-256 over the list of its files: another version is another content. */
    version: text("version").notNull(),
    /** What is told of it without opening it. */
    info: json("info").notNull(),
    createdAt: createdAt(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
    /** It is gone for everybody; the row stays, so that copies of it are told from folders that were never kept. */
    deletedAt: timestamp("deleted_at", { withTimezone: true }),
  },
  (table) => [primaryKey({ columns: [table.kind, table.name] })],
);

/** The files of kept folders. The bytes are a blob, once by hash. */
export const keptFiles = pgTable(
  "kept_files",
  {
    kind: text("kind").notNull(),
    name: cleanText("name").notNull(),
    path: cleanText("path").notNull(),
    sha256: text("sha256").notNull(),
    sizeBytes: bigint("size_bytes", { mode: "number" }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.kind, table.name, table.path] }),
    index("kept_files_by_sha256").on(table.sha256),
  ],
);

/** Blobs of kept folders, and when one was last about to be named: what nobody names goes after a day. */
export const keptBlobs = pgTable(
  "kept_blobs",
  {
    sha256: text("sha256").primaryKey(),
    usedAt: timestamp("used_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index("kept_blobs_by_use").on(table.usedAt)],
);
