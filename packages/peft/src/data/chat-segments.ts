import { InputError } from "@loam/core";
import type { ChatMessage, Example } from "./example.ts";
import type { Segment } from "./prompt-template.ts";

/** Renders messages with a model's chat template; `addGenerationPrompt` ends with the opening of an assistant turn. */
export type RenderChat = (
  messages: readonly ChatMessage[],
  options: { tools?: unknown[]; addGenerationPrompt: boolean },
) => string;

export interface ChatSegmentsOptions {
  /** Marks that end a turn, beside {@link turnEnds}: what the model's files name. */
  endMarks?: readonly string[];
  /** Whether what the model learns to write begins with the line break behind the header, as TRL 1.16 has it for Qwen 2.5. */
  withHeaderBreak?: boolean;
}

/** What ends a turn in the templates of the common families. */
const turnEnds = [
  "<|im_end|>",
  "<|eot_id|>",
  "<|eom_id|>",
  "<|eot|>",
  "<end_of_turn>",
  "<turn|>",
  "<|end|>",
  "</s>",
  "<｜end▁of▁sentence｜>",
  "<|endoftext|>",
  "<|end_of_text|>",
  "<|END_OF_TURN_TOKEN|>",
  "<|return|>",
  "<|call|>",
];

/** Private-use characters, which no template and next to no text holds. */
const mark = (turn: number): string => `\uE0F0${turn}\uE0F1`;

/**
 * Splits a rendered chat into segments: what the assistant wrote (its end-of-turn mark included) is supervised, the rest is
 * not. The text is the whole conversation rendered once. Where each answer lies in it comes from a second rendering with
 * marks in place of the answers: what stands between the marks stands between the answers, too. So a template may write an
 * earlier turn differently from the last one (Qwen 3 leaves its thoughts out), or end with a header that nobody asked for
 * (the first Llama 3 template).
 *
 * @throws {InputError} `chat_template` when the two renderings cannot be laid over each other.
 */
export function chatSegments(
  { messages, tools }: Extract<Example, { kind: "chat" }>,
  render: RenderChat,
  { endMarks = [], withHeaderBreak = false }: ChatSegmentsOptions = {},
): Segment[] {
  const isLearned = ({ role, weight }: ChatMessage) => role === "assistant" && weight !== 0;
  const learned = messages.flatMap((message, i) => (isLearned(message) ? [i] : []));
  const full = render(messages, { tools, addGenerationPrompt: false });
  const marked = render(
    messages.map((message, i) => (learned.includes(i) ? withMark(message, mark(i)) : message)),
    { tools, addGenerationPrompt: false },
  );
  const answers = answersIn(full, marked, learned, messages);
  const ends = [...endMarks, ...turnEnds].filter((end) => end !== "" && full.includes(end));
  const spans = answers.map(({ before, start, end }, k) => {
    const header = headerOf(messages.slice(0, learned[k]), { tools, render });
    const opened = start - before.length + afterHeader(before, header);
    const from = withHeaderBreak && full[opened - 1] === "\n" ? opened - 1 : opened;
    return { from, to: endOfTurn(full, end, ends, answers[k + 1]?.start ?? full.length) };
  });
  return segmentsAt(full, spans);
}

/** The message with a mark in place of what it says: behind its thoughts, or as the name of the function it calls. */
function withMark(message: ChatMessage, marked: string): ChatMessage {
  if (message.content || !message.tool_calls?.length) {
    const thoughts = /^[\s\S]*<\/think>\s*/.exec(message.content ?? "")?.[0] ?? "";
    return { ...message, content: thoughts + marked };
  }
  const [first, ...others] = message.tool_calls;
  return { ...message, tool_calls: [{ ...first!, function: { ...first!.function, name: marked } }, ...others] };
}

interface Answer {
  /** The text since the answer before this one. */
  before: string;
  /** Where what was marked begins and ends in the whole text. */
  start: number;
  end: number;
}

function answersIn(
  full: string,
  marked: string,
  learned: readonly number[],
  messages: readonly ChatMessage[],
): Answer[] {
  const answers: Answer[] = [];
  let rest = marked;
  let at = 0;
  for (const [k, turn] of learned.entries()) {
    const place = rest.indexOf(mark(turn));
    if (place < 0) throw unclear(`it leaves out what message ${turn} says`);
    const before = rest.slice(0, place);
    if (!full.startsWith(before, at)) throw unclear(`it writes what is before message ${turn} by what that says`);
    const start = at + before.length;
    rest = rest.slice(place + mark(turn).length);
    const next = learned[k + 1];
    const following = next === undefined ? rest : rest.slice(0, Math.max(0, rest.indexOf(mark(next))));
    // What follows stands behind all that the message says, even where the message says the same.
    const { content, tool_calls } = messages[turn]!;
    const said = (content ? content.replace(/^[\s\S]*<\/think>/, "") : (tool_calls?.[0]?.function.name ?? "")).trim();
    const saidAt = full.indexOf(said, start);
    const end = next === undefined ? full.length - following.length : full.indexOf(following, saidAt + said.length);
    if (saidAt < 0 || end < saidAt + said.length || !full.startsWith(following, end))
      throw unclear(`what message ${turn} says cannot be found in it`);
    answers.push({ before, start, end });
    at = end;
  }
  return answers;
}

/** What opens an assistant turn after these messages, "" where the template does not say. */
function headerOf(
  before: readonly ChatMessage[],
  { tools, render }: { tools?: unknown[]; render: RenderChat },
): string {
  const without = render(before, { tools, addGenerationPrompt: false });
  const opened = render(before, { tools, addGenerationPrompt: true });
  return opened.startsWith(without) ? opened.slice(without.length) : "";
}

/**
 * Where the header at the end of a text ends. A generation prompt may go on behind it (`<think>\n`), which earlier turns
 * lack: then what counts is as much of it as whole lines are there.
 */
function afterHeader(text: string, header: string): number {
  const lines = header.split(/(?<=\n)/);
  for (let n = lines.length; n > 0; n--) {
    const opening = lines.slice(0, n).join("");
    const at = opening.trim() === "" ? -1 : text.lastIndexOf(opening);
    if (at >= 0) return at + opening.length;
  }
  return text.length;
}

/** Behind the first mark that ends a turn and the blank space after it; at the end of the text behind all marks. */
function endOfTurn(full: string, from: number, ends: readonly string[], limit: number): number {
  let end = from;
  const found = ends
    .map((mark) => ({ mark, at: full.indexOf(mark, from) }))
    .filter(({ at }) => at >= 0 && at < limit)
    .sort((a, b) => a.at - b.at || b.mark.length - a.mark.length)[0];
  if (found) end = found.at + found.mark.length;
  const blank = /\s*/y;
  const skipBlank = () => {
    blank.lastIndex = end;
    end += blank.exec(full)![0].length;
  };
  skipBlank();
  for (;;) {
    const more = ends.find((mark) => full.startsWith(mark, end));
    if (!more || full.slice(end + more.length).trim() !== "") return end;
    end += more.length;
    skipBlank();
  }
}

function segmentsAt(full: string, spans: readonly { from: number; to: number }[]): Segment[] {
  const segments: Segment[] = [];
  const put = (text: string, supervised: boolean): void => {
    if (text === "") return;
    const last = segments.at(-1);
    if (last?.supervised === supervised) last.text += text;
    else segments.push({ text, supervised });
  };
  let done = 0;
  for (const { from, to } of spans) {
    put(full.slice(done, from), false);
    put(full.slice(from, to), true);
    done = to;
  }
  put(full.slice(done), false);
  return segments;
}

function unclear(reason: string): InputError {
  return new InputError("chat_template", `The assistant's text cannot be told apart in the chat template: ${reason}.`, {
    details: { reason },
    hint: "set `template` to alpaca or plain, or use the model's training template",
  });
}
