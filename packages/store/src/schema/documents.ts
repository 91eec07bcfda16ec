import { bigint, integer, pgTable, text } from "drizzle-orm/pg-core";
import { cleanText, createdAt, loggedJson } from "./columns.ts";

/** Accepted, being read, finished, or given up (`error` says why). */
export type DocumentStatus = "queued" | "reading" | "ready" | "failed";

/** A file that was added to the library. Its pages, figures and chunks go when it goes. */
export const documents = pgTable("documents", {
  id: text("id").primaryKey(),
  /** The file's name as it was given. */
  name: cleanText("name").notNull(),
  title: cleanText("title"),
  author: cleanText("author"),
  /** What it is by its bytes: "pdf", "docx", "html", … (`DocumentKind` of `@loam/pdf`). */
  kind: text("kind").notNull().default("pdf"),
  /** SHA-256 of the bytes, hex: the same bytes are one document. */
  contentHash: text("content_hash").notNull().unique(),
  sizeBytes: bigint("size_bytes", { mode: "number" }).notNull(),
  /** 0 until the file has been opened. */
  pageCount: integer("page_count").notNull().default(0),
  status: text("status").$type<DocumentStatus>().notNull().default("queued"),
  /** Pages whose rows are written: reading resumes after them. */
  pagesDone: integer("pages_done").notNull().default(0),
  /** Grows when chunks of a ready document change, so that open indexes load it again. */
  revision: integer("revision").notNull().default(0),
  /** Why it failed, as `LoamError.toJSON()` writes it. */
  error: loggedJson("error").$type<{
    code: string;
    message: string;
    details?: Record<string, unknown>;
    hint?: string;
  }>(),
  /** Where the original bytes lie in the blob store. */
  blobKey: text("blob_key").notNull(),
  createdAt: createdAt(),
});
