import { index, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { cleanText, createdAt, json } from "./columns.ts";
import { documents } from "./documents.ts";

/** Who described the figure: a vision model, OCR, or only its caption and the text around it. */
export type DescriptionSource = "vision" | "ocr" | "text";

/** A picture, chart or table of a document. */
export const figures = pgTable(
  "figures",
  {
    id: text("id").primaryKey(),
    documentId: text("document_id")
      .notNull()
      .references(() => documents.id, { onDelete: "cascade" }),
    /** 1-based. */
    page: integer("page").notNull(),
    kind: text("kind").$type<"image" | "drawing" | "table">().notNull(),
    /** `[x0, y0, x1, y1]` in PDF points, origin top left. */
    box: json("box").$type<readonly [number, number, number, number]>().notNull(),
    label: cleanText("label"),
    caption: cleanText("caption"),
    /** The `Figure` value of `@loam/pdf` without its pixels. */
    content: json("content").notNull(),
    /** Where the PNG lies in the blob store. */
    imageKey: text("image_key"),
    description: cleanText("description"),
    descriptionSource: text("description_source").$type<DescriptionSource>(),
  },
  (table) => [index("figures_by_document").on(table.documentId, table.page)],
);

/** What a vision model said about a picture, so that the same picture is never paid for twice. */
export const figureDescriptions = pgTable(
  "figure_descriptions",
  {
    /** SHA-256 of the PNG, hex. */
    contentHash: text("content_hash").notNull(),
    /** The model, and the version of the prompt it answered: another one is asked anew. */
    model: text("model").notNull(),
    promptVersion: text("prompt_version").notNull(),
    description: json("description").notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.contentHash, table.model, table.promptVersion] })],
);
