import { InputError, type Row, show } from "@loam/core";
import type { ChatMessage } from "./example.ts";

/** What a model is asked, whose answer a reward judges. */
export type Prompt =
  | { kind: "chat"; messages: ChatMessage[]; tools?: unknown[] }
  | { kind: "instruction"; instruction: string; input: string };

/**
 * Reads what is asked in a row: `messages` that end with a question (OpenAI's rows for reinforcement), `prompt` as text or as
 * messages (TRL's), or `instruction` and `input`. All other fields are for who judges the answer.
 *
 * @throws {InputError} `bad_example` naming the field, what it holds and what it should.
 */
export function toPrompt(row: Row): Prompt {
  const { messages, prompt, instruction, input, tools } = row;
  if (typeof instruction === "string" && instruction.trim() !== "")
    return { kind: "instruction", instruction, input: typeof input === "string" ? input : "" };
  if (typeof prompt === "string" && prompt.trim() !== "")
    return { kind: "instruction", instruction: prompt, input: "" };
  const [field, turns] = messages === undefined ? ["prompt", prompt] : ["messages", messages];
  if (!Array.isArray(turns) || turns.length === 0)
    throw bad(field as string, turns, "what is asked: messages, a prompt, or an instruction");
  const read = turns.map((turn, i) => toTurn(turn, `${field}[${i}]`));
  const last = read.at(-1)!;
  if (last.role === "assistant")
    throw bad(
      `${field}[${read.length - 1}].role`,
      last.role,
      "user or tool at the end: the answer is the model's to write",
    );
  return { kind: "chat", messages: read, ...(Array.isArray(tools) && tools.length > 0 && { tools }) };
}

function toTurn(value: unknown, field: string): ChatMessage {
  const turn = value as ChatMessage;
  const roles = ["system", "developer", "user", "assistant", "tool"];
  if (!roles.includes(turn?.role)) throw bad(`${field}.role`, turn?.role, "system, user, assistant or tool");
  const parts: unknown = turn.content;
  const content = Array.isArray(parts)
    ? parts.map((part: { text?: unknown }) => String(part?.text ?? "")).join("")
    : turn.content;
  if (typeof content !== "string" && !(turn.role === "assistant" && turn.tool_calls?.length))
    throw bad(`${field}.content`, content, "text");
  return { ...turn, role: (turn.role as string) === "developer" ? "system" : turn.role, content };
}

function bad(field: string, got: unknown, expected: string): InputError {
  return new InputError("bad_example", `\`${field}\` is ${show(got)}; expected ${expected}.`, {
    details: { field, expected },
  });
}
