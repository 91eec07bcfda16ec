import { index, integer, pgTable, text } from "drizzle-orm/pg-core";
import { cleanText, createdAt, json } from "./columns.ts";

/** A row of questions and answers. */
export const conversations = pgTable("conversations", {
  id: text("id").primaryKey(),
  title: cleanText("title"),
  createdAt: createdAt(),
});

export const messages = pgTable(
  "messages",
  {
    id: text("id").primaryKey(),
    conversationId: text("conversation_id")
      .notNull()
      .references(() => conversations.id, { onDelete: "cascade" }),
    /** Place within the conversation, from 0. */
    ordinal: integer("ordinal").notNull(),
    role: text("role").$type<"system" | "user" | "assistant" | "tool">().notNull(),
    text: cleanText("text").notNull(),
    /** What came with the text: sentences with their citations, mode, model. */
    content: json("content"),
    traceId: text("trace_id"),
    createdAt: createdAt(),
  },
  (table) => [index("messages_by_conversation").on(table.conversationId, table.ordinal)],
);
