import { bigint, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { cleanText } from "../columns.ts";
import { runs } from "../runs.ts";

/** Lines that a client streams: rows of its history, system metrics, the console. A line written again replaces. */
export const runLines = pgTable(
  "run_lines",
  {
    runId: text("run_id")
      .notNull()
      .references(() => runs.id, { onDelete: "cascade" }),
    stream: text("stream").$type<"history" | "events" | "output">().notNull(),
    line: bigint("line", { mode: "number" }).notNull(),
    /** As it was sent; a row may hold a bare NaN, which JSON has not. */
    content: cleanText("content").notNull(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.stream, table.line] })],
);
