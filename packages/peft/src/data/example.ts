import { InputError, type Row, show } from "@loam/core";

type Role = "system" | "user" | "assistant" | "tool";

/** One turn of a conversation, in OpenAI's chat format. */
export interface ChatMessage {
  role: Role;
  content: string | null;
  tool_calls?: { id?: string; type?: "function"; function: { name: string; arguments: string } }[];
  tool_call_id?: string;
  name?: string;
  /** OpenAI's fine-tuning format: 0 leaves an assistant turn out of the loss. */
  weight?: 0 | 1;
}

/** What a model learns from one row, whatever format the row came in. */
export type Example =
  | { kind: "instruction"; instruction: string; input: string; output: string; system?: string }
  | { kind: "chat"; messages: ChatMessage[]; tools?: unknown[] }
  /** Text that goes on as it is, without a template between the two. */
  | { kind: "completion"; prompt: string; completion: string }
  | { kind: "text"; text: string };

/**
 * `alpaca` instruction/input/output; `openai` messages (tools too); `sharegpt` conversations; `completion` TRL's prompt and
 * completion, as text or as messages; `text` plain text.
 */
export const exampleFormats = ["alpaca", "openai", "sharegpt", "completion", "text"] as const;
export type ExampleFormat = (typeof exampleFormats)[number];

/** The format whose fields a row has; undefined when it has none's. */
export function detectFormat(row: Row): ExampleFormat | undefined {
  if (Array.isArray(row.messages)) return "openai";
  if (Array.isArray(row.conversations)) return "sharegpt";
  if ("instruction" in row && ("output" in row || "response" in row)) return "alpaca";
  if ("prompt" in row && "completion" in row) return "completion";
  if (typeof row.text === "string") return "text";
  return undefined;
}

/**
 * Reads one row as an example.
 *
 * @throws {InputError} `bad_example` naming the field, what it holds and what it should.
 */
export function toExample(row: Row, format: ExampleFormat | undefined = detectFormat(row)): Example {
  refuseImages(row);
  switch (format) {
    case "alpaca":
      return fromAlpaca(row);
    case "openai":
      return { kind: "chat", messages: checkMessages(row.messages), ...optionalTools(row.tools) };
    case "sharegpt":
      return fromShareGpt(row);
    case "completion":
      return fromCompletion(row);
    case "text":
      return { kind: "text", text: requireText(row, "text") };
    default:
      if ("chosen" in row && "rejected" in row)
        throw badExample("fields", Object.keys(row), "one answer to learn; for preferences set `objective: dpo`");
      throw badExample(
        "fields",
        Object.keys(row),
        "instruction and output, messages, conversations, prompt and completion, or text",
      );
  }
}

function fromAlpaca(row: Row): Example {
  const answer = "output" in row ? "output" : "response";
  const system = optionalText(row, "system");
  return {
    kind: "instruction",
    instruction: requireText(row, "instruction"),
    input: optionalText(row, "input") ?? "",
    output: requireText(row, answer),
    ...(system ? { system } : {}),
  };
}

/** TRL's prompt and completion. Of messages those of the completion are learned from. */
function fromCompletion(row: Row): Example {
  const { prompt, completion } = row;
  if (typeof prompt === "string" && typeof completion === "string") {
    if (completion.trim() === "") throw badExample("completion", completion, "text that is not empty");
    return { kind: "completion", prompt, completion };
  }
  if (!Array.isArray(prompt)) throw badExample("prompt", prompt, "text, or messages as the completion has them");
  if (!Array.isArray(completion)) throw badExample("completion", completion, "what the prompt is: text, or messages");
  const before = (prompt as ChatMessage[]).map(
    (message): ChatMessage => (message?.role === "assistant" ? { ...message, weight: 0 } : message),
  );
  const after = checkMessages(completion, "completion");
  return { kind: "chat", messages: checkMessages([...before, ...after], "prompt"), ...optionalTools(row.tools) };
}

/** A row with pictures is no row of text with the pictures left out. */
function refuseImages(row: Row): void {
  for (const field of ["image", "images", "videos", "audios"]) {
    const value = row[field];
    const isEmpty = value === undefined || value === null || value === "" || (Array.isArray(value) && !value.length);
    if (!isEmpty) throw badExample(field, typeof value === "string" ? value : field, "text only: Loam trains on text");
  }
}

/** ShareGPT's names for the roles. */
const shareGptRoles: Record<string, Role> = {
  system: "system",
  human: "user",
  user: "user",
  gpt: "assistant",
  assistant: "assistant",
  function_call: "assistant",
  observation: "tool",
  tool: "tool",
};

function fromShareGpt(row: Row): Example {
  const turns = row.conversations as { from?: unknown; role?: unknown; value?: unknown; content?: unknown }[];
  const messages = turns.map((turn, i): ChatMessage => {
    const from = String(turn?.from ?? turn?.role);
    const role = shareGptRoles[from];
    const value = turn?.value ?? turn?.content;
    if (role === undefined)
      throw badExample(`conversations[${i}].from`, from, `one of ${Object.keys(shareGptRoles).join(", ")}`);
    if (typeof value !== "string") throw badExample(`conversations[${i}].value`, value, "text");
    return from === "function_call" ? functionCall(value, i) : { role, content: value };
  });
  const system = optionalText(row, "system");
  if (system) messages.unshift({ role: "system", content: system });
  return { kind: "chat", messages: checkMessages(messages, "conversations"), ...optionalTools(row.tools) };
}

/** `{"name", "arguments"}` (or a list of them) as an assistant turn with tool calls. */
function functionCall(value: string, turn: number): ChatMessage {
  try {
    const parsed = JSON.parse(value) as { name: string; arguments: unknown } | { name: string; arguments: unknown }[];
    const calls = Array.isArray(parsed) ? parsed : [parsed];
    return {
      role: "assistant",
      content: null,
      tool_calls: calls.map((call) => ({
        type: "function",
        function: {
          name: call.name,
          arguments: typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments),
        },
      })),
    };
  } catch {
    throw badExample(`conversations[${turn}].value`, value, 'a function call as JSON: {"name": …, "arguments": …}');
  }
}

function checkMessages(value: unknown, field = "messages"): ChatMessage[] {
  if (!Array.isArray(value) || value.length === 0) throw badExample(field, value, "a list with at least one message");
  const messages = (value as ChatMessage[]).map((message, i) => withText(message, `${field}[${i}].content`));
  for (const [i, message] of messages.entries()) {
    if (!["system", "developer", "user", "assistant", "tool", "function"].includes(message?.role)) {
      throw badExample(`${field}[${i}].role`, message?.role, "system, user, assistant or tool");
    }
    if (typeof message.content !== "string" && !(message.role === "assistant" && message.tool_calls?.length)) {
      throw badExample(`${field}[${i}].content`, message.content, "text (or, for the assistant, tool_calls)");
    }
  }
  if (!messages.some((message) => message.role === "assistant" && message.weight !== 0)) {
    throw badExample(
      field,
      messages.map((message) => message.role),
      "at least one assistant message to learn from",
    );
  }
  return messages;
}

/** A message whose parts are all text, as one text. @throws {InputError} `bad_example` naming a part that is an image. */
function withText(message: ChatMessage, field: string): ChatMessage {
  const content: unknown = message?.content;
  if (!Array.isArray(content)) return message;
  const texts = (content as { type?: unknown; text?: unknown }[]).map((part, i) => {
    if (typeof part?.text === "string" && (part.type === undefined || /text$/.test(String(part.type))))
      return part.text;
    throw badExample(`${field}[${i}].type`, part?.type ?? part, "text: Loam trains on text, not on images or sound");
  });
  return { ...message, content: texts.join("") };
}

function optionalTools(value: unknown): { tools?: unknown[] } {
  if (value === undefined || value === null || value === "") return {};
  const tools = typeof value === "string" ? (JSON.parse(value) as unknown) : value;
  if (!Array.isArray(tools)) throw badExample("tools", value, "a list of tools, or that list as JSON text");
  return tools.length > 0 ? { tools } : {};
}

function requireText(row: Row, field: string): string {
  const value = row[field];
  if (typeof value !== "string" || value.trim() === "") throw badExample(field, value, "text that is not empty");
  return value;
}

function optionalText(row: Row, field: string): string | undefined {
  const value = row[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw badExample(field, value, "text");
  return value;
}

function badExample(field: string, got: unknown, expected: string): InputError {
  return new InputError("bad_example", `\`${field}\` is ${show(got)}; expected ${expected}.`, {
    details: { field, expected },
  });
}
