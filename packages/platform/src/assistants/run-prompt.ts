import type { Message, Tool, ToolChoice } from "../generation/request.ts";
import type { FileSearchResult, RunBody, StepDetails, StoredMessage, StoredRun, StoredStep } from "./types.ts";

/** Characters of excerpts in a prompt; what is found beyond them is listed in the step and not read by the model. */
const excerptCharacters = 6000;

/** What a run's model is given: the instructions, what was found, the thread, and the run's own calls so far. */
export function runMessages(
  { id, body: { instructions, truncation } }: StoredRun,
  messages: readonly StoredMessage[],
  steps: readonly StoredStep[],
): Message[] {
  const found = steps.flatMap(resultsOf);
  const system = [instructions, excerpts(found)].filter(Boolean).join("\n\n");
  const last = truncation.type === "last_messages" ? truncation.last_messages : null;
  const own = new Map(messages.filter(({ body }) => body.runId === id).map((message) => [message.id, message]));
  const before = messages.filter(({ body }) => body.runId !== id);
  const kept = last === null ? before : before.slice(-last);
  return [
    ...(system ? [{ role: "system" as const, content: system }] : []),
    ...kept.flatMap(toMessage),
    ...steps.flatMap((step) => {
      const { details } = step.body;
      if (details.type === "tool_calls") return toCalls(details);
      const message = own.get(details.message_creation.message_id);
      return message ? toMessage(message) : [];
    }),
  ];
}

/** Functions as the model is offered them. Searching files is not its to call: it is done before it answers. */
export function runTools({ tools }: RunBody): Tool[] {
  return tools.flatMap((tool) => {
    if (tool.type !== "function") return [];
    const { strict, ...rest } = tool.function;
    return [{ type: "function" as const, ...rest, strict: strict ?? undefined }];
  });
}

/** A choice that forces a call holds for the first answer: afterwards the run would call for ever. */
export function runToolChoice({ toolChoice, generations }: RunBody): ToolChoice {
  if (toolChoice === "none") return "none";
  if (generations > 0 || toolChoice === "auto") return "auto";
  if (toolChoice === "required") return "required";
  return toolChoice.type === "function" ? { name: toolChoice.function.name } : "none";
}

export function resultsOf({ body: { details } }: StoredStep): FileSearchResult[] {
  if (details.type !== "tool_calls") return [];
  return details.tool_calls.flatMap((call) => (call.type === "file_search" ? call.file_search.results : []));
}

function excerpts(results: readonly FileSearchResult[]): string {
  let room = excerptCharacters;
  const lines: string[] = [];
  for (const { file_name, content } of results) {
    const text = content.map((part) => part.text).join("\n");
    if (room <= 0) break;
    lines.push(`From ${file_name}:\n${text.slice(0, room)}`);
    room -= text.length;
  }
  return lines.length === 0 ? "" : `Answer from these excerpts of files.\n\n${lines.join("\n\n")}`;
}

function toMessage({ body: { role, content } }: StoredMessage): Message[] {
  const parts = content.map((part) =>
    part.type === "text"
      ? { type: "text" as const, text: part.text.value }
      : part.type === "image_url"
        ? { type: "image_url" as const, image_url: part.image_url }
        : { type: "file" as const, file: { file_id: part.image_file.file_id } },
  );
  if (parts.length === 0) return [];
  const isText = parts.every(({ type }) => type === "text");
  return [{ role, content: isText ? parts.map((part) => (part as { text: string }).text).join("\n") : parts }];
}

function toCalls(details: StepDetails & { type: "tool_calls" }): Message[] {
  const calls = details.tool_calls.filter((call) => call.type === "function");
  if (calls.length === 0) return [];
  return [
    {
      role: "assistant",
      content: null,
      tool_calls: calls.map(({ id, function: { name, arguments: text } }) => ({
        ...{ id, type: "function" as const, function: { name, arguments: text } },
      })),
    },
    ...calls.map(({ id, function: { output } }) => ({
      role: "tool" as const,
      tool_call_id: id,
      content: output ?? "",
    })),
  ];
}
