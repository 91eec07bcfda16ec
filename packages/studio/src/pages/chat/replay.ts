import type { SpanJson } from "@loam/server";
import { type Answer, newAnswer } from "./answer.ts";
import type { ChatMessage, ChatSettings, ToolCall } from "./request.ts";

/** A recorded model call as the beginning of a conversation. */
export interface Replay {
  model: string | undefined;
  messages: ChatMessage[];
  answer: Answer;
  settings: Partial<ChatSettings>;
}

/** The conversation of a span that called a model; undefined when it holds no messages. */
export function toReplay({
  input,
  output,
  model,
  attributes,
}: Pick<SpanJson, "input" | "output" | "model" | "attributes">): Replay | undefined {
  const messages = readMessages(input);
  if (messages.length === 0) return undefined;
  const asked = isRecord(input) ? input : {};
  const number = (...names: string[]) =>
    names.map((name) => asked[name] ?? attributes[name]).find((value) => typeof value === "number") as
      | number
      | undefined;
  const temperature = number("temperature", "gen_ai.request.temperature");
  const maxTokens = number("max_completion_tokens", "max_tokens", "gen_ai.request.max_tokens");
  const tools = Array.isArray(asked.tools) && asked.tools.length > 0 ? JSON.stringify(asked.tools, null, 2) : undefined;
  const system = messages.filter(({ role }) => role === "system");
  return {
    model: model ?? undefined,
    messages: messages.filter(({ role }) => role !== "system"),
    answer: readAnswer(output),
    settings: {
      system: system.map(({ content }) => content).join("\n\n"),
      ...(temperature !== undefined && { temperature }),
      ...(maxTokens !== undefined && { maxTokens }),
      functions: tools ?? "",
      schema: "",
    },
  };
}

/** The messages that an input holds, in any of the shapes that clients record; a bare text is a question. */
export function readMessages(input: unknown): ChatMessage[] {
  if (typeof input === "string") return input.trim() === "" ? [] : [{ role: "user", content: input }];
  const list = Array.isArray(input)
    ? input
    : isRecord(input)
      ? (input.messages ?? input.prompt ?? input.input)
      : undefined;
  if (typeof list === "string") return readMessages(list);
  if (!Array.isArray(list)) return [];
  return list.flat().flatMap((entry): ChatMessage[] => {
    if (!isRecord(entry)) return [];
    const role =
      { human: "user", ai: "assistant", developer: "system", model: "assistant" }[String(entry.role ?? entry.type)] ??
      entry.role;
    const content = toText(entry.content ?? entry.parts ?? entry.text);
    const calls = readCalls(entry.tool_calls);
    switch (role) {
      case "system":
      case "user":
        return [{ role, content }];
      case "assistant":
        return [{ role, content, ...(calls.length > 0 && { tool_calls: calls }) }];
      case "tool":
        return [{ role, content, tool_call_id: String(entry.tool_call_id ?? entry.id ?? "") }];
      default:
        return [];
    }
  });
}

function readAnswer(output: unknown): Answer {
  const message =
    isRecord(output) && Array.isArray(output.choices) ? (output.choices[0] as { message?: unknown })?.message : output;
  const single = Array.isArray(message) ? message.at(-1) : message;
  const text =
    typeof single === "string" ? single : isRecord(single) ? toText(single.content ?? single.text ?? single.parts) : "";
  const calls = isRecord(single) ? readCalls(single.tool_calls) : [];
  return { ...newAnswer, state: text === "" && calls.length === 0 ? "stopped" : "done", text, calls };
}

function readCalls(value: unknown): ToolCall[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).map((call): ToolCall => {
    const about = isRecord(call.function) ? call.function : call;
    const given = about.arguments ?? about.args;
    return {
      id: String(call.id ?? ""),
      type: "function",
      function: {
        name: String(about.name ?? ""),
        arguments: typeof given === "string" ? given : JSON.stringify(given ?? {}),
      },
    };
  });
}

/** Text, or the texts of parts. */
function toText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return content === undefined || content === null ? "" : JSON.stringify(content);
  return content
    .map((part) => (typeof part === "string" ? part : isRecord(part) ? String(part.text ?? part.content ?? "") : ""))
    .filter(Boolean)
    .join("\n");
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
