import { bigint, boolean, doublePrecision, index, pgTable, text } from "drizzle-orm/pg-core";
import { loggedText } from "./columns.ts";
import { documents } from "./documents.ts";

/** Files of watched folders as they were last read: what is gone from the folder is found by its row here. */
export const watchedFiles = pgTable(
  "watched_files",
  {
    /** Absolute. */
    path: text("path").primaryKey(),
    /** The folder that is watched, absolute. */
    folder: text("folder").notNull(),
    sizeBytes: bigint("size_bytes", { mode: "number" }).notNull(),
    mtimeMs: doublePrecision("mtime_ms").notNull(),
    /** Null when the file could not be read. */
    documentId: text("document_id").references(() => documents.id, { onDelete: "set null" }),
    /** The document came through a watched folder, and goes with its last file. */
    isOwned: boolean("is_owned").notNull(),
    /** Why it could not be read: it is tried again when it changes. */
    problem: loggedText("problem"),
  },
  (table) => [
    index("watched_files_by_document").on(table.documentId),
    index("watched_files_by_folder").on(table.folder),
  ],
);
