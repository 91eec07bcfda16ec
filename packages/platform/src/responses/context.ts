import { InputError } from "@loam/core";
import type { Conversations } from "../conversations/conversations.ts";
import type { Collection } from "../objects/collection.ts";
import type { Item } from "./items.ts";
import type { ResponseBody, ResponsePlan } from "./types.ts";

/**
 * What came before a request: the items of its conversation, or those of the responses before it, oldest first. Instructions
 * are not carried over.
 *
 * @throws {InputError} `previous_response_not_found`
 */
export async function contextOf(
  rows: Collection<ResponseBody>,
  conversations: Conversations,
  project: string,
  { previousResponseId, conversationId }: ResponsePlan,
): Promise<Item[]> {
  if (conversationId) return await conversations.allItems(project, conversationId);
  const turns: Item[][] = [];
  let id = previousResponseId;
  while (id) {
    const row = await rows.find(project, id);
    if (!row) throw notFound(id);
    const { input, response, plan } = row.body;
    if (row.status === "queued" || row.status === "in_progress")
      throw new InputError("previous_response_in_progress", `The response ${id} has not ended yet.`, {
        details: { name: "previous_response_id", id, status: row.status },
        hint: "wait for it, or cancel it",
      });
    turns.push([...input, ...response.output]);
    if (plan.conversationId) {
      // It was made in a conversation, of which it saw all that was there: the turn itself stands at its end.
      break;
    }
    id = plan.previousResponseId;
  }
  return turns.reverse().flat();
}

function notFound(id: string): InputError {
  return new InputError("previous_response_not_found", `Previous response with id '${id}' not found.`, {
    details: { name: "previous_response_id", id },
    hint: "it was deleted, or made with `store: false`",
  });
}
