import { ArgumentError } from "@loam/core";
import type { FinishReason, GenerateOptions, TextGenerator, TextPart } from "../generation/generate.ts";
import type { ChatMessage, ChatTemplateOptions } from "../tokenizers/chat-template.ts";
import { AnswerParser, type AnswerPart } from "./answer-parser.ts";

/** A function offered to the model. */
export interface ChatTool {
  name: string;
  description?: string;
  /** JSON Schema of the arguments. */
  parameters: Record<string, unknown>;
}

export interface ChatOptions extends GenerateOptions {
  tools?: readonly ChatTool[];
  /** "required" makes the model call a function, a name makes it call that one; arguments then always fit their schema. */
  toolChoice?: "auto" | "none" | "required" | { name: string };
  /** Further variables of the chat template, such as `enable_thinking`. */
  templateVariables?: ChatTemplateOptions;
}

export interface ChatResult {
  finishReason: FinishReason | "tool-calls";
  promptTokens: number;
  newTokens: number;
}

/**
 * Answers a conversation, part by part. A model without a chat template continues the messages' plain text.
 *
 * @returns how the answer ended, with token counts.
 */
export async function* chat(
  generator: TextGenerator,
  messages: readonly ChatMessage[],
  options: ChatOptions = {},
): AsyncGenerator<AnswerPart & { token?: TextPart }, ChatResult> {
  const { tools = [], toolChoice = "auto", templateVariables, ...generateOptions } = options;
  const offered = toolChoice === "none" ? [] : tools;
  const prompt = renderPrompt(generator, messages, offered, templateVariables);
  const forced = forcedTools(offered, toolChoice);
  const constraint = forced ? { schema: callSchema(forced) } : generateOptions.constraint;
  const parser = new AnswerParser({
    withTools: offered.length > 0,
    startsInReasoning: !forced && /<think>\s*$/.test(prompt.text),
  });
  const stream = generator.stream(prompt.ids, { ...generateOptions, constraint });
  let called = false;
  for (;;) {
    const next = await stream.next();
    const parts = next.done ? parser.finish() : parser.push(next.value.text);
    for (const part of parts) {
      called ||= part.type === "tool-call";
      yield next.done ? part : { ...part, token: next.value };
    }
    if (!next.done) continue;
    const { finishReason, promptTokens, ids } = next.value;
    return { finishReason: called ? "tool-calls" : finishReason, promptTokens, newTokens: ids.length };
  }
}

function renderPrompt(
  { model }: TextGenerator,
  messages: readonly ChatMessage[],
  tools: readonly ChatTool[],
  variables: ChatTemplateOptions = {},
): { text: string; ids: number[] } {
  const { chatTemplate, tokenizer, name } = model;
  if (!tokenizer) throw new ArgumentError("model", name, "a model with a tokenizer");
  if (!chatTemplate) {
    const text = messages.map(({ content }) => String(content ?? "")).join("\n\n");
    return { text, ids: tokenizer.encode(text).ids };
  }
  const functions = tools.map((tool) => ({ type: "function", function: tool }));
  const text = chatTemplate.render(messages, { ...variables, tools: functions.length > 0 ? functions : undefined });
  return { text, ids: tokenizer.encode(text, { addSpecialTokens: false }).ids };
}

function forcedTools(tools: readonly ChatTool[], choice: ChatOptions["toolChoice"]): readonly ChatTool[] | undefined {
  if (choice === "required" && tools.length > 0) return tools;
  if (typeof choice !== "object") return undefined;
  const named = tools.filter(({ name }) => name === choice.name);
  if (named.length === 0)
    throw new ArgumentError(
      "toolChoice",
      choice.name,
      `one of ${tools.map(({ name }) => name).join(", ") || "no tools"}`,
    );
  return named;
}

/** A call of one of the functions, as JSON. */
function callSchema(tools: readonly ChatTool[]): Record<string, unknown> {
  const calls = tools.map(({ name, parameters }) => ({
    type: "object",
    properties: { name: { const: name }, arguments: parameters },
    required: ["name", "arguments"],
  }));
  return calls.length === 1 ? calls[0]! : { anyOf: calls };
}
