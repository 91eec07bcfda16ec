import { index, integer, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import { bytea, cleanText, createdAt, json } from "./columns.ts";

/** Things to recommend: a file of books that was imported. All that belongs to it goes when it goes. */
export const catalogues = pgTable("catalogues", {
  id: text("id").primaryKey(),
  /** What people call it by. */
  name: cleanText("name").notNull().unique(),
  /** The file's name as it was given. */
  fileName: cleanText("file_name").notNull(),
  /** SHA-256 of the file and of the columns it was read by, hex: the same again is not imported again. */
  contentHash: text("content_hash").notNull(),
  /** The import whose items count; 0 until the first is complete. A new one is written beside it and then takes over. */
  version: integer("version").notNull().default(0),
  /** Numbers the imports that have begun, so that several at once write beside each other. */
  lastImport: integer("last_import").notNull().default(0),
  itemCount: integer("item_count").notNull().default(0),
  /** Column names by field, as they were found or given. */
  columns: json("columns").$type<Record<string, readonly string[]>>().notNull(),
  /** Rows of the file that were left out. */
  skipped: json("skipped")
    .$type<{ withoutTitle: number; repeatedId: number; malformed?: number; malformedLines?: number[] }>()
    .notNull(),
  /** What the file of ratings held; null without one. */
  ratings: json("ratings").$type<{
    fileName: string;
    contentHash: string;
    ratings: number;
    readers: number;
    unknownItems: number;
    badRows: number;
    highest: number;
  }>(),
  createdAt: createdAt(),
});

const ofCatalogue = () =>
  text("catalogue_id")
    .notNull()
    .references(() => catalogues.id, { onDelete: "cascade" });

/** Items in blocks, since a recommender reads all of them: a million rows would take it a minute. */
export const catalogueItems = pgTable(
  "catalogue_items",
  {
    catalogueId: ofCatalogue(),
    version: integer("version").notNull(),
    /** Place of the block, from 0. */
    ordinal: integer("ordinal").notNull(),
    itemCount: integer("item_count").notNull(),
    /** The items as a JSON array, raw deflate. */
    items: bytea("items").notNull(),
  },
  (table) => [primaryKey({ columns: [table.catalogueId, table.version, table.ordinal] })],
);

/** Embeddings of the items of a block: per item a float32 scale (little-endian), then per item `dims` int8 codes. */
export const catalogueVectors = pgTable(
  "catalogue_vectors",
  {
    catalogueId: ofCatalogue(),
    version: integer("version").notNull(),
    /** Which model made them; vectors of different models never meet. */
    embedder: text("embedder").notNull(),
    ordinal: integer("ordinal").notNull(),
    itemCount: integer("item_count").notNull(),
    dims: integer("dims").notNull(),
    vectors: bytea("vectors").notNull(),
  },
  (table) => [primaryKey({ columns: [table.catalogueId, table.version, table.embedder, table.ordinal] })],
);

/** What a reader made of items, by the items' own ids; a null rating is an item they had. */
export const catalogueRatings = pgTable(
  "catalogue_ratings",
  {
    catalogueId: ofCatalogue(),
    reader: cleanText("reader").notNull(),
    ratings: json("ratings").$type<[item: string, rating: number | null][]>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.catalogueId, table.reader] })],
);

/** What a reader said of an item here. */
export const catalogueFeedback = pgTable(
  "catalogue_feedback",
  {
    catalogueId: ofCatalogue(),
    /** Empty for the one who uses this Loam alone. */
    reader: cleanText("reader").notNull(),
    /** The item's own id: it outlives a new import. */
    item: cleanText("item").notNull(),
    kind: text("kind").$type<"like" | "dislike" | "seen">().notNull(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.catalogueId, table.reader, table.item] }),
    index("catalogue_feedback_by_time").on(table.catalogueId, table.reader, table.updatedAt),
  ],
);

/** The items of a catalogue as points of a plane. */
export const catalogueMaps = pgTable(
  "catalogue_maps",
  {
    catalogueId: ofCatalogue(),
    version: integer("version").notNull(),
    /** What the likeness was taken from, and how it was laid out. */
    method: text("method").notNull(),
    /** Rows of the items that are on it, uint32, little-endian. */
    rows: bytea("rows").notNull(),
    /** x and y by item in [0, 1], float32, little-endian. */
    points: bytea("points").notNull(),
    /** Names of regions: the words their items share. */
    labels: json("labels").$type<{ x: number; y: number; text: string; items: number }[]>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.catalogueId, table.version, table.method] })],
);
