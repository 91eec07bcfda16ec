import { doublePrecision, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { cleanText, json, loggedText } from "./columns.ts";
import { documents } from "./documents.ts";

/** One page as it was read. */
export const pages = pgTable(
  "pages",
  {
    documentId: text("document_id")
      .notNull()
      .references(() => documents.id, { onDelete: "cascade" }),
    /** 1-based. */
    number: integer("number").notNull(),
    status: text("status").$type<"text" | "ocr" | "empty" | "failed">().notNull(),
    /** Why it failed, or why it is empty. */
    reason: loggedText("reason"),
    /** The number printed on the page, when the file says so. */
    label: cleanText("label"),
    widthPt: doublePrecision("width_pt").notNull(),
    heightPt: doublePrecision("height_pt").notNull(),
    /** The `Page` value of `@loam/pdf`, its figures without their pixels. */
    content: json("content").notNull(),
  },
  (table) => [primaryKey({ columns: [table.documentId, table.number] })],
);
