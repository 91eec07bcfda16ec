import { boolean, index, integer, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import { cleanText, createdAt, json } from "./columns.ts";
import { documents } from "./documents.ts";

/** The reading of a schema's fields from documents, kept so that it goes on after a break and can be reviewed. */
export const extractions = pgTable(
  "extractions",
  {
    id: text("id").primaryKey(),
    name: cleanText("name").notNull(),
    /** Of schema, documents and model: who asks the same again goes on with what is there. */
    key: text("key").notNull(),
    /** JSON as text: jsonb would put the fields in another order. */
    schema: cleanText("schema").notNull(),
    /** Ids, in the order of the rows. */
    documents: json("documents").$type<string[]>().notNull(),
    /** Whether the chat model fills what labels and tables leave open. */
    usesModel: boolean("uses_model").notNull(),
    /** When all documents were read. */
    finishedAt: timestamp("finished_at", { withTimezone: true }),
    createdAt: createdAt(),
  },
  (table) => [index("extractions_by_key").on(table.key, table.createdAt)],
);

/** A document that was read to its end for an extraction; it may have given no row. */
export const extractedDocuments = pgTable(
  "extracted_documents",
  {
    extractionId: text("extraction_id")
      .notNull()
      .references(() => extractions.id, { onDelete: "cascade" }),
    documentId: text("document_id")
      .notNull()
      .references(() => documents.id, { onDelete: "cascade" }),
  },
  (table) => [primaryKey({ columns: [table.extractionId, table.documentId] })],
);

export const extractedRows = pgTable(
  "extracted_rows",
  {
    extractionId: text("extraction_id")
      .notNull()
      .references(() => extractions.id, { onDelete: "cascade" }),
    documentId: text("document_id")
      .notNull()
      .references(() => documents.id, { onDelete: "cascade" }),
    /** Place among the rows of the document, from 0. */
    ordinal: integer("ordinal").notNull(),
    /** As they were read, by field. */
    cells: json("cells").notNull(),
    /** What a person made of them, by field; null where the document states nothing. */
    corrections: json("corrections").notNull().default({}),
    /** When a person said that the row is right. */
    reviewedAt: timestamp("reviewed_at", { withTimezone: true }),
  },
  (table) => [primaryKey({ columns: [table.extractionId, table.documentId, table.ordinal] })],
);
