import { index, integer, pgTable, text } from "drizzle-orm/pg-core";
import { bytea, cleanText, json } from "./columns.ts";
import { documents } from "./documents.ts";
import { figures } from "./figures.ts";

export type ChunkKind = "text" | "figure" | "table";

/** Where a chunk stands: one entry per page it touches; box in PDF points, origin top left. */
export type ChunkRegion = { page: number; box: readonly [number, number, number, number] };

/** A passage that is searched and cited as one. */
export const chunks = pgTable(
  "chunks",
  {
    id: text("id").primaryKey(),
    documentId: text("document_id")
      .notNull()
      .references(() => documents.id, { onDelete: "cascade" }),
    /** Place within the document, from 0. */
    ordinal: integer("ordinal").notNull(),
    kind: text("kind").$type<ChunkKind>().notNull(),
    text: cleanText("text").notNull(),
    /** The headings it stands under, outermost first. */
    headings: json("headings").$type<string[]>().notNull(),
    regions: json("regions").$type<ChunkRegion[]>().notNull(),
    figureId: text("figure_id").references(() => figures.id, { onDelete: "cascade" }),
    tokens: integer("tokens").notNull(),
    /** Which model made `embedding`; vectors of different models never meet. */
    embedder: text("embedder"),
    /** float32, little-endian, one per dimension. */
    embedding: bytea("embedding"),
  },
  (table) => [
    index("chunks_by_document").on(table.documentId, table.ordinal),
    index("chunks_by_embedder").on(table.embedder),
  ],
);
