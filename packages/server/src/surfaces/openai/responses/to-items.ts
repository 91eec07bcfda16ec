import { InputError } from "@loam/core";
import { type Conversations, type Item, type ItemPart, newItemId, type Responses } from "@loam/platform";
import type { InputItem } from "./item-schema.ts";

/**
 * What a client sent as items with ids and a status; texts become parts, references what they name.
 *
 * @throws {InputError} `invalid_value` for a reference to an item that is not there.
 */
export async function toItems(
  input: string | readonly InputItem[] | undefined,
  { project, conversations, responses }: { project: string; conversations: Conversations; responses: Responses },
): Promise<Item[]> {
  if (input === undefined) return [];
  if (typeof input === "string") return [userMessage(input)];
  const items: Item[] = [];
  for (const [i, item] of input.entries()) {
    if (item.type !== "item_reference") items.push(toItem(item));
    else {
      const found = (await conversations.findItem(project, item.id)) ?? (await findOutput(responses, project, item.id));
      if (!found)
        throw new InputError(
          "invalid_value",
          `\`input[${i}]\` refers to the item ${JSON.stringify(item.id)}, which is not there.`,
          {
            details: { name: `input[${i}].id`, id: item.id },
            hint: "send the item itself; of responses made with `store: false` nothing is kept",
          },
        );
      items.push(found);
    }
  }
  return items;
}

function userMessage(text: string): Item {
  const content: ItemPart[] = [{ type: "input_text", text }];
  return { id: newItemId("message"), type: "message", role: "user", status: "completed", content };
}

/** An item that has an id and a status, whether the client named them or not. */
function toItem(item: Exclude<InputItem, { type: "item_reference" }>): Item {
  if (item.type === undefined || item.type === "message") {
    const { role, content, id } = item as Extract<InputItem, { role: string }>;
    const isAnswer = role === "assistant";
    const text = (value: string): ItemPart =>
      isAnswer
        ? { type: "output_text", text: value, annotations: [], logprobs: [] }
        : { type: "input_text", text: value };
    const parts =
      typeof content === "string" ? [text(content)] : content.map((part) => toPart(part as ItemPart, isAnswer));
    return { id: id ?? newItemId("message"), type: "message", role, status: "completed", content: parts };
  }
  const { id, ...rest } = item;
  const known = rest.type === "compaction" ? {} : { status: "completed" };
  const lists = rest.type === "reasoning" ? { content: [] } : rest.type === "file_search_call" ? { results: null } : {};
  return { ...lists, ...known, ...rest, id: id ?? newItemId(rest.type as Item["type"]) } as unknown as Item;
}

function toPart(part: ItemPart, isAnswer: boolean): ItemPart {
  if (part.type === "output_text")
    return { ...part, annotations: part.annotations ?? [], logprobs: part.logprobs ?? [] };
  if (part.type === "input_text" && isAnswer)
    return { type: "output_text", text: part.text, annotations: [], logprobs: [] };
  return part;
}

/** An item that some response gave. */
async function findOutput(responses: Responses, project: string, id: string): Promise<Item | undefined> {
  const match = { body: { response: { output: [{ id }] } } };
  const { data } = await responses.rows.page(project, { limit: 1, order: "desc" }, match);
  return data[0]?.body.response.output.find((item) => item.id === id);
}
