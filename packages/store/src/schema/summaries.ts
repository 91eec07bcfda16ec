import { index, pgTable, text } from "drizzle-orm/pg-core";
import { createdAt, json } from "./columns.ts";
import { documents } from "./documents.ts";

/** Summaries of a document, kept to be read again and compared. */
export const summaries = pgTable(
  "summaries",
  {
    id: text("id").primaryKey(),
    documentId: text("document_id")
      .notNull()
      .references(() => documents.id, { onDelete: "cascade" }),
    /** The `Summary` value of `@loam/library`. */
    content: json("content").notNull(),
    /** Its likeness to the document's own abstract by metric; null where there is none. */
    scores: json("scores").$type<Record<string, { precision: number; recall: number; f: number }>>(),
    createdAt: createdAt(),
  },
  (table) => [index("summaries_by_document").on(table.documentId, table.createdAt)],
);
