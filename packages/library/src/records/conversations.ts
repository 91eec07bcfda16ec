import { NotFoundError } from "@loam/core";
import { conversations, messages, newId } from "@loam/store";
import { asc, eq, sql } from "drizzle-orm";
import type { LibraryContext } from "../library/context.ts";
import type { Answer, ConversationMessage } from "../library/types.ts";

type Db = LibraryContext["store"]["db"];

/** Turns of a conversation that a follow-up is understood with. */
const rememberedMessages = 12;

/** The conversation to go on with, or a new id: its row is written with the first answer. */
export async function openConversation(
  db: Db,
  id: string | undefined,
): Promise<{ id: string; history: ConversationMessage[] }> {
  if (id === undefined) return { id: newId("conv"), history: [] };
  return { id, history: (await conversationMessages(db, id)).slice(-rememberedMessages) };
}

/** @throws {NotFoundError} when there is no conversation with this id. */
export async function conversationMessages(db: Db, id: string): Promise<ConversationMessage[]> {
  const rows = await db.select().from(messages).where(eq(messages.conversationId, id)).orderBy(asc(messages.ordinal));
  if (rows.length === 0) throw new NotFoundError("conversation", id, { hint: "leave it out to begin a new one" });
  return rows.map((row) => ({
    role: row.role === "user" ? "user" : "assistant",
    text: row.text,
    answer: row.content ? (row.content as Answer) : undefined,
    createdAt: row.createdAt,
  }));
}

/** Writes a question and its answer, both or neither. */
export async function saveTurn(db: Db, conversationId: string, question: string, answer: Answer): Promise<void> {
  await db.transaction(async (tx) => {
    await tx
      .insert(conversations)
      .values({ id: conversationId, title: question.slice(0, 200) })
      .onConflictDoNothing();
    const [last] = await tx
      .select({ next: sql<number>`coalesce(max(${messages.ordinal}) + 1, 0)::int` })
      .from(messages)
      .where(eq(messages.conversationId, conversationId));
    await tx.insert(messages).values([
      { id: newId("msg"), conversationId, ordinal: last!.next, role: "user", text: question },
      {
        id: newId("msg"),
        conversationId,
        ordinal: last!.next + 1,
        role: "assistant",
        text: answer.answer,
        content: answer,
        traceId: answer.trace,
      },
    ]);
  });
}
