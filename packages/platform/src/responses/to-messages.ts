import type { ContentPart, Message, MessageCall } from "../generation/request.ts";
import { readCompaction } from "./compaction.ts";
import type { Item, ItemPart } from "./items.ts";

/**
 * The conversation that items tell, as chat messages: what an assistant thought, said and called in one turn is one message,
 * and the results of a file search are what the system says.
 */
export function toMessages(items: readonly Item[]): Message[] {
  const messages: Message[] = [];
  let turn: { content: string; reasoning: string; calls: MessageCall[] } | undefined;
  const close = () => {
    if (turn) messages.push(assistantMessage(turn));
    turn = undefined;
  };
  const open = () => {
    turn ??= { content: "", reasoning: "", calls: [] };
    return turn;
  };
  for (const item of items) {
    switch (item.type) {
      case "message":
        if (item.role === "assistant") {
          // Two answers in a row are two messages; words after a call belong to it.
          if (turn?.content) close();
          open().content += item.content.map(partText).join("");
        } else {
          close();
          messages.push({ role: item.role, content: item.content.map(toContentPart) });
        }
        break;
      case "reasoning":
        if (turn?.content || turn?.calls.length) close();
        open().reasoning += item.content.map(({ text }) => text).join("");
        break;
      case "function_call":
        open().calls.push({
          id: item.call_id,
          type: "function",
          function: { name: item.name, arguments: item.arguments },
        });
        break;
      case "custom_tool_call":
        open().calls.push({ id: item.call_id, type: "custom", custom: { name: item.name, input: item.input } });
        break;
      case "function_call_output":
      case "custom_tool_call_output":
        close();
        messages.push({ role: "tool", tool_call_id: item.call_id, content: outputText(item.output) });
        break;
      case "file_search_call":
        if (item.results?.length) {
          close();
          messages.push({ role: "system", content: resultsText(item.results) });
        }
        break;
      case "compaction":
        close();
        messages.push({ role: "system", content: readCompaction(item.encrypted_content) });
    }
  }
  close();
  return messages;
}

function assistantMessage({
  content,
  reasoning,
  calls,
}: {
  content: string;
  reasoning: string;
  calls: MessageCall[];
}): Message {
  return {
    role: "assistant",
    content: content === "" && calls.length > 0 ? null : content,
    ...(reasoning && { reasoning_content: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

const partText = (part: ItemPart): string => (part.type === "refusal" ? part.refusal : "text" in part ? part.text : "");

function toContentPart(part: ItemPart): ContentPart {
  switch (part.type) {
    case "input_image":
      return { type: "image_url", image_url: { url: part.image_url ?? `file:${part.file_id}` } };
    case "input_file":
      return { type: "file", file: { file_id: part.file_id ?? undefined, filename: part.filename } };
    default:
      return { type: "text", text: partText(part) };
  }
}

function outputText(output: unknown): string {
  if (typeof output === "string") return output;
  if (!Array.isArray(output)) return JSON.stringify(output);
  return output.map((part: { text?: string }) => part.text ?? JSON.stringify(part)).join("");
}

function resultsText(results: readonly { filename: string; text: string }[]): string {
  const passages = results.map(({ filename, text }, i) => `[${i + 1}] ${filename}\n${text}`);
  return `Passages from the files, for the answer:\n\n${passages.join("\n\n")}`;
}
