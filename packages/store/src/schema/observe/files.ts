import { bigint, index, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { cleanText, createdAt } from "../columns.ts";

/** Files that clients have sent, by the thing they belong to and their path in it. The bytes are a blob, once by hash. */
export const files = pgTable(
  "files",
  {
    /** `run/<id>`, `model/<id>`, `trace/<id>`, `span/<id>`, `artifact/<id>`. */
    scope: text("scope").notNull(),
    path: cleanText("path").notNull(),
    /** SHA-256 of the bytes, hex; the blob's key is made from it. */
    sha256: text("sha256").notNull(),
    /** MD5 in base64, which W&B's manifests name files by. */
    md5: text("md5").notNull(),
    sizeBytes: bigint("size_bytes", { mode: "number" }).notNull(),
    contentType: cleanText("content_type"),
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({ columns: [table.scope, table.path] }),
    index("files_by_sha256").on(table.sha256),
    index("files_by_md5").on(table.md5),
  ],
);
