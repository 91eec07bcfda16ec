import { ArgumentError } from "@loam/core";
import { encodeWithin } from "../generation/context-length.ts";
import type { DecoderModel } from "../model/model.ts";
import type { ChatMessage, ChatTemplate, ChatTemplateOptions } from "../tokenizers/chat-template.ts";
import type { ChatTool } from "./chat-tool.ts";
import { notationOf } from "./notations/index.ts";
import type { CallNotation } from "./notations/notation.ts";

/**
 * A conversation as the model reads it. Functions that its template does not know are described in the system message.
 *
 * @throws {ContextLengthError} when it is longer than the model's context.
 */
export async function renderPrompt(
  { chatTemplate, tokenizer, name, config }: DecoderModel,
  messages: readonly ChatMessage[],
  tools: readonly ChatTool[] = [],
  variables: ChatTemplateOptions = {},
): Promise<{ text: string; ids: number[] }> {
  if (!tokenizer) throw new ArgumentError("model", name, "a model with a tokenizer");
  const within = { limit: config.maxPositions, parameter: "messages" };
  const text = promptText(chatTemplate, messages, tools, variables);
  return { text, ids: await encodeWithin(tokenizer, text, { ...within, addSpecialTokens: !chatTemplate }) };
}

/**
 * The text of {@link renderPrompt}.
 *
 * @param options.notation how functions and calls are spelled; left out, as the template has it.
 */
export function promptText(
  chatTemplate: ChatTemplate | undefined,
  messages: readonly ChatMessage[],
  tools: readonly ChatTool[] = [],
  variables: ChatTemplateOptions = {},
  { notation = notationOf(chatTemplate) }: { notation?: CallNotation } = {},
): string {
  const known = notation.describe ? messages.flatMap((message) => withoutCalls(message, notation)) : messages;
  const described = notation.describe && tools.length > 0 ? withSystemText(known, notation.describe(tools)) : known;
  if (!chatTemplate) return described.map(({ content }) => String(content ?? "")).join("\n\n");
  const functions = notation.describe
    ? []
    : tools.map(({ strict: _, ...tool }) => ({ type: "function", function: tool }));
  return chatTemplate.render(
    described.map((message) => readable(message, notation)),
    {
      ...variables,
      tools: functions.length > 0 ? functions : undefined,
    },
  );
}

/** Templates join contents as strings and read arguments as objects. */
function readable(message: ChatMessage, { callId = (id: string) => id }: CallNotation): ChatMessage {
  const result: ChatMessage = { ...message, content: message.content ?? "" };
  if (message.tool_calls)
    result.tool_calls = (message.tool_calls as { id?: string; function: { arguments: unknown } }[]).map((call) => ({
      ...call,
      ...(call.id === undefined ? {} : { id: callId(call.id) }),
      function: { ...call.function, arguments: parsed(call.function.arguments) },
    }));
  if (typeof message.tool_call_id === "string") result.tool_call_id = callId(message.tool_call_id);
  return result;
}

function parsed(text: unknown): unknown {
  if (typeof text !== "string") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text; // a model may have been cut in the middle of its call
  }
}

/** Calls spelled as the model writes them, and their results as what the user says. */
function withoutCalls(message: ChatMessage, notation: CallNotation): ChatMessage[] {
  if (message.role === "tool")
    return [{ role: "user", content: `<tool_response>\n${String(message.content ?? "")}\n</tool_response>` }];
  if (!message.tool_calls?.length) return [message];
  const calls = (message.tool_calls as { function: { name: string; arguments: unknown } }[]).map((call) => {
    const { before, after } = notation.frame(call.function.name);
    const text =
      typeof call.function.arguments === "string" ? call.function.arguments : JSON.stringify(call.function.arguments);
    return `${before}${text}${after}`;
  });
  const { opening, joints } = notation;
  const spelled = opening + joints.first + calls.join(joints.between) + joints.last;
  const { tool_calls: _, ...rest } = message;
  return [{ ...rest, content: [message.content, spelled].filter(Boolean).join("\n") }];
}

function withSystemText(messages: readonly ChatMessage[], text: string): ChatMessage[] {
  const [first, ...rest] = messages;
  if (first?.role === "system") return [{ ...first, content: `${String(first.content ?? "")}\n\n${text}` }, ...rest];
  return [{ role: "system", content: text }, ...messages];
}
