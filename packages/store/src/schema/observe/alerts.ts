import { index, pgTable, text } from "drizzle-orm/pg-core";
import { createdAt, loggedText } from "../columns.ts";

/** Something that a run or a rule wants a person to know. */
export const alerts = pgTable(
  "alerts",
  {
    id: text("id").primaryKey(),
    project: loggedText("project").notNull(),
    runId: text("run_id"),
    title: loggedText("title").notNull(),
    text: loggedText("text").notNull(),
    level: text("level").$type<"info" | "warn" | "error">().notNull(),
    createdAt: createdAt(),
  },
  (table) => [index("alerts_by_time").on(table.createdAt)],
);
