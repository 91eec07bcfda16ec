import { InputError, type Row, show } from "@loam/core";
import { type ChatMessage, type Example, toExample } from "./example.ts";

/** Two answers to the same, of which the first is preferred. */
export interface Preference {
  chosen: Example;
  rejected: Example;
}

/** Whether a row means to hold two answers to the same. */
export const isPreference = (row: Row): boolean => "chosen" in row || "preferred_output" in row;

/**
 * Reads a row of preferences: OpenAI's (`input`, `preferred_output`, `non_preferred_output`), or TRL's (`prompt`, `chosen`,
 * `rejected`, as text or as messages). Of a conversation only the last answer is learned from.
 *
 * @throws {InputError} `bad_example` naming the field, what it holds and what it should.
 */
export function toPreference(row: Row): Preference {
  if ("preferred_output" in row || "non_preferred_output" in row) return fromOpenAi(row);
  const { prompt, chosen, rejected } = row;
  if (typeof chosen === "string" || typeof rejected === "string") {
    if (prompt === undefined && typeof chosen === "string" && typeof rejected === "string") {
      const length = commonLength(chosen, rejected);
      const completion = (text: string): Example => ({
        kind: "completion",
        prompt: text.slice(0, length),
        completion: text.slice(length),
      });
      return { chosen: completion(chosen), rejected: completion(rejected) };
    }
    return { chosen: instruction(prompt, chosen, "chosen"), rejected: instruction(prompt, rejected, "rejected") };
  }
  const before = prompt === undefined ? [] : messagesOf(prompt, "prompt");
  return {
    chosen: conversation(before, messagesOf(chosen, "chosen"), {}, "chosen"),
    rejected: conversation(before, messagesOf(rejected, "rejected"), {}, "rejected"),
  };
}

/** One answer to a prompt, both as text or both as messages. */
export function preferenceAnswer(prompt: unknown, answer: unknown, field: string): Example {
  return typeof answer === "string"
    ? instruction(prompt, answer, field)
    : conversation(prompt === undefined ? [] : messagesOf(prompt, "prompt"), messagesOf(answer, field), {}, field);
}

/** Where two texts part, a blank before the first difference counted to the answers, as TRL's `extract_prompt` does. */
function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < Math.min(a.length, b.length) && a[length] === b[length]) length++;
  return length > 0 && a[length - 1] === " " ? length - 1 : length;
}

function fromOpenAi(row: Row): Preference {
  const input = (row.input ?? {}) as Record<string, unknown>;
  const messages = messagesOf(input.messages, "input.messages");
  const answered = (field: "preferred_output" | "non_preferred_output") =>
    conversation(messages, messagesOf(row[field], field), { tools: input.tools }, field);
  return { chosen: answered("preferred_output"), rejected: answered("non_preferred_output") };
}

function instruction(prompt: unknown, answer: unknown, field: string): Example {
  if (typeof prompt !== "string") throw badExample("prompt", prompt, "text, as the answers are");
  if (typeof answer !== "string" || answer === "") throw badExample(field, answer, "text that is not empty");
  return { kind: "instruction", instruction: prompt, input: "", output: answer };
}

/** What was said before is not learned from. */
function conversation(before: ChatMessage[], answer: ChatMessage[], { tools }: { tools?: unknown }, field: string) {
  const last = answer.at(-1)!;
  if (last.role !== "assistant") throw badExample(field, last.role, "an answer of the assistant at the end");
  const context = [...before, ...answer.slice(0, -1)].map(
    (message): ChatMessage => (message.role === "assistant" ? { ...message, weight: 0 } : message),
  );
  return toExample({ messages: [...context, last], tools } as Row, "openai");
}

function messagesOf(value: unknown, field: string): ChatMessage[] {
  if (!Array.isArray(value) || value.length === 0) throw badExample(field, value, "a list of messages");
  return value as ChatMessage[];
}

function badExample(field: string, got: unknown, expected: string): InputError {
  return new InputError("bad_example", `\`${field}\` is ${show(got)}; expected ${expected}.`, {
    details: { field, expected },
  });
}
