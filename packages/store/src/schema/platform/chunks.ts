import { bigserial, index, integer, pgTable, text } from "drizzle-orm/pg-core";
import { bytea, cleanText } from "../columns.ts";

/** A piece of a file in a vector store: what a search finds. */
export const platformChunks = pgTable(
  "platform_chunks",
  {
    position: bigserial("position", { mode: "number" }).primaryKey(),
    storeId: text("store_id").notNull(),
    /** The row of the file in the store, which is not the file itself: a file may be in many stores. */
    storeFileId: text("store_file_id").notNull(),
    /** Place within the file, from 0. */
    ordinal: integer("ordinal").notNull(),
    /** Where it begins in the file's text, in UTF-16 units; chunks overlap. */
    start: integer("start").notNull(),
    text: cleanText("text").notNull(),
    tokens: integer("tokens").notNull(),
    /** Which model made `embedding`; vectors of different models never meet. */
    embedder: text("embedder").notNull(),
    /** float32, little-endian: one vector for each passage of the chunk, one behind the other. */
    embedding: bytea("embedding").notNull(),
  },
  (table) => [
    index("platform_chunks_by_file").on(table.storeFileId, table.ordinal),
    index("platform_chunks_by_store").on(table.storeId),
  ],
);
