import type OpenAI from "openai";
import type { MessageBody, ThreadBody } from "../assistants/types.ts";
import { Collection } from "../objects/collection.ts";
import { type Account, asked, dateOf } from "./account.ts";
import type { Tally } from "./tally.ts";

type Message = OpenAI.Beta.Threads.Message;

/** A thread to import: its id, whose messages the account is asked for, or what was exported of it. */
export type ThreadToImport =
  | string
  | (Pick<OpenAI.Beta.Thread, "id"> & Partial<OpenAI.Beta.Thread> & { messages?: Message[] });

/**
 * Threads with their messages. An account lists no threads, so that they are named: by ids that a program has kept, or as
 * objects that it has exported. Runs do not come along; messages go on naming theirs.
 */
export async function importThreads(
  { client, store, project, signal }: Account,
  threads: readonly ThreadToImport[],
  tally: Tally,
): Promise<void> {
  const rows = new Collection<ThreadBody>(store.db, "thread");
  const messageRows = new Collection<MessageBody>(store.db, "message");
  for (const given of threads) {
    const id = typeof given === "string" ? given : given.id;
    const leaveOut = (reason: string) => tally.leaveOut(id, reason);
    const hasAll = typeof given !== "string" && given.messages && given.created_at !== undefined;
    const thread = hasAll ? given : await asked(client.beta.threads.retrieve(id, { signal }), leaveOut);
    if (!thread) continue;
    const read = async () => {
      const all: Message[] = [];
      const query = { limit: 100, order: "asc" } as const;
      for await (const message of client.beta.threads.messages.list(id, query, { signal })) all.push(message);
      return all;
    };
    const exported = typeof given === "string" ? undefined : given.messages;
    const messages = exported ? oldestOf(exported) : await asked(read(), leaveOut);
    if (!messages) continue;
    let fresh = 0;
    for (const message of messages) fresh += Number(await messageRows.insertKnown(toRow(project, id, message)));
    const stores = thread.tool_resources?.file_search?.vector_store_ids;
    // After its messages: where the import is cut off, the thread is not there yet and is taken up again.
    const isNew = await rows.insertKnown({
      ...{ id, project, createdAt: dateOf(thread.created_at!) },
      metadata: (thread.metadata ?? {}) as Record<string, string>,
      body: { toolResources: stores ? { file_search: { vector_store_ids: stores } } : {} },
    });
    tally.note(isNew || fresh > 0);
  }
}

/** Exports hold messages as lists give them, newest first, or in their order. */
const oldestOf = (messages: readonly Message[]): Message[] =>
  (messages[0]?.created_at ?? 0) > (messages.at(-1)?.created_at ?? 0) ? [...messages].reverse() : [...messages];

function toRow(project: string, threadId: string, message: Message) {
  const status = message.status ?? "completed";
  const body: MessageBody = {
    role: message.role,
    content: (message.content ?? []).flatMap((part) => toPart(part)),
    assistantId: message.assistant_id ?? null,
    runId: message.run_id ?? null,
    attachments: (message.attachments ?? []).flatMap(({ file_id, tools = [] }) =>
      file_id
        ? [{ file_id, tools: tools.filter(({ type }) => type === "file_search") as { type: "file_search" }[] }]
        : [],
    ),
    incompleteReason: (message.incomplete_details?.reason ?? null) as MessageBody["incompleteReason"],
    endedAt: message.completed_at ?? message.incomplete_at ?? message.created_at,
  };
  return {
    ...{ id: message.id, project, parentId: threadId, body, createdAt: dateOf(message.created_at) },
    status: status === "in_progress" ? "incomplete" : status,
    metadata: (message.metadata ?? {}) as Record<string, string>,
  };
}

function toPart(part: Message["content"][number]): MessageBody["content"] {
  if (part.type === "refusal") return [{ type: "text", text: { value: part.refusal, annotations: [] } }];
  if (part.type !== "text") return [part as MessageBody["content"][number]];
  const annotations = part.text.annotations.filter(({ type }) => type === "file_citation");
  return [{ type: "text", text: { value: part.text.value, annotations } }] as MessageBody["content"];
}
