import type { AssistantBody, AssistantTool } from "../assistants/types.ts";
import { Collection } from "../objects/collection.ts";
import { type Account, dateOf, oldestFirst } from "./account.ts";
import type { Tally } from "./tally.ts";

/** Assistants as they are. Their models are those of the account: `server.aliases` says which model here answers for them. */
export async function importAssistants({ client, store, project, signal }: Account, tally: Tally): Promise<void> {
  const rows = new Collection<AssistantBody>(store.db, "assistant");
  for (const remote of await oldestFirst(client.beta.assistants.list({ limit: 100 }, { signal }))) {
    const { id, created_at, metadata, model, name, description, instructions } = remote;
    const tools = remote.tools.filter(({ type }) => type === "function" || type === "file_search");
    const stores = remote.tool_resources?.file_search?.vector_store_ids;
    const isNew = await rows.insertKnown({
      ...{ id, project, createdAt: dateOf(created_at) },
      metadata: (metadata ?? {}) as Record<string, string>,
      body: {
        ...{ model, name, description, instructions, tools: tools as AssistantTool[] },
        toolResources: stores ? { file_search: { vector_store_ids: stores } } : {},
        temperature: remote.temperature ?? null,
        topP: remote.top_p ?? null,
        responseFormat: (remote.response_format ?? "auto") as AssistantBody["responseFormat"],
        reasoningEffort: (remote as { reasoning_effort?: string | null }).reasoning_effort ?? null,
      },
    });
    tally.note(isNew);
    if (isNew && tools.length < remote.tools.length)
      tally.leaveOut(`${id}: code_interpreter`, "the assistant is here, this tool of it is not");
  }
}
