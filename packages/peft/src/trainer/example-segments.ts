import { InputError } from "@loam/core";
import {
  type ChatTool,
  type DecoderModel,
  genericNotation,
  promptText as renderConversation,
  type Tokenizer,
} from "@loam/models";
import { type ChatSegmentsOptions, chatSegments, type RenderChat } from "../data/chat-segments.ts";
import { type EncodedExample, encodeSegments, ignoreIndex } from "../data/encode.ts";
import type { Example } from "../data/example.ts";
import type { Prompt } from "../data/prompt.ts";
import { type PromptTemplateName, promptTemplate, renderExample, type Segment } from "../data/prompt-template.ts";

/** One example as ids and labels, in the model's tokens. */
export function encodeExample(
  example: Example,
  {
    model,
    tokenizer,
    template,
    maxTokens,
  }: { model: DecoderModel; tokenizer: Tokenizer; template: PromptTemplateName | "chat"; maxTokens: number },
): EncodedExample {
  const encode = (text: string) => tokenizer.encode(text, { addSpecialTokens: false }).ids;
  const segments = segmentsOf(example, { model, template });
  if (isRenderedAsChat(example, template)) return encodeSegments(segments, encode, { maxTokens });
  const prefixIds = tokenizer.encode("", { addSpecialTokens: true }).ids;
  return encodeSegments(segments, encode, { prefixIds, eosId: model.eosTokenIds[0], maxTokens });
}

/** What is asked as ids, up to where the answer begins. @throws {InputError} `prompt_too_long`. */
export function encodePrompt(
  prompt: Prompt,
  { model, tokenizer, template, maxTokens }: Parameters<typeof encodeExample>[1],
): EncodedExample {
  const isPlain = prompt.kind === "instruction" && template !== "chat";
  const prefix = isPlain ? tokenizer.encode("", { addSpecialTokens: true }).ids : [];
  const text = isPlain
    ? promptTemplate(template).prompt(prompt)
    : chatRenderer(model)(prompt.kind === "chat" ? prompt.messages : [{ role: "user", content: joined(prompt) }], {
        ...(prompt.kind === "chat" && { tools: prompt.tools }),
        addGenerationPrompt: true,
      });
  const ids = Int32Array.from([...prefix, ...tokenizer.encode(text, { addSpecialTokens: false }).ids]);
  if (ids.length > maxTokens)
    throw new InputError("prompt_too_long", `A prompt has ${ids.length} tokens; at most ${maxTokens} are read.`, {
      details: { tokens: ids.length, maxTokens },
      hint: "raise `data.max_tokens`, or shorten it",
    });
  return { ids, labels: new Int32Array(ids.length).fill(ignoreIndex), truncated: 0 };
}

const joined = ({ instruction, input }: { instruction: string; input: string }): string =>
  input ? `${instruction}\n\n${input}` : instruction;

/** An example as the text that a model reads, with what it learns to write marked. */
export function segmentsOf(
  example: Example,
  { model, template }: { model: DecoderModel; template: PromptTemplateName | "chat" },
): Segment[] {
  return isRenderedAsChat(example, template)
    ? conversationSegments(asChat(example), model)
    : renderExample(example, promptTemplate(template === "chat" ? "plain" : template));
}

/**
 * A conversation as the model reads it when it is served. A template that tells of functions behind the conversation gives no
 * prefix to learn from: its functions are described in the system message instead.
 */
function conversationSegments(example: Extract<Example, { kind: "chat" }>, model: DecoderModel): Segment[] {
  try {
    return chatSegments(example, chatRenderer(model), marksOf(model));
  } catch (error) {
    const isUnstable = error instanceof InputError && error.code === "chat_template";
    if (!isUnstable || !example.tools) throw error;
    return chatSegments(example, chatRenderer(model, { notation: genericNotation }), marksOf(model));
  }
}

/** How a template marks the ends of turns, and where its answers begin. */
export function marksOf({ chatTemplate }: Pick<DecoderModel, "chatTemplate">): ChatSegmentsOptions {
  const { eosToken, source = "" } = chatTemplate ?? {};
  // Qwen 2.5 writes answers together with what users say, and calls on their own: TRL's training template goes by the latter.
  const isQwen25 = source.includes('(message.role == "assistant" and not message.tool_calls)');
  return { endMarks: eosToken === undefined ? [] : [eosToken], withHeaderBreak: isQwen25 };
}

function isRenderedAsChat(
  example: Example,
  template: PromptTemplateName | "chat",
): example is Exclude<Example, { kind: "text" | "completion" }> {
  return example.kind === "chat" || (template === "chat" && example.kind === "instruction");
}

/** The prompt of an instruction as text, for asking a tuned model. */
export function promptText(model: DecoderModel, instruction: string, template: PromptTemplateName | "chat"): string {
  if (template === "chat")
    return chatRenderer(model)([{ role: "user", content: instruction }], { addGenerationPrompt: true });
  return promptTemplate(template).prompt({ instruction, input: "" });
}

function asChat(example: Exclude<Example, { kind: "text" | "completion" }>): Extract<Example, { kind: "chat" }> {
  if (example.kind === "chat") return example;
  const { instruction, input, output, system } = example;
  return {
    kind: "chat",
    messages: [
      ...(system ? [{ role: "system" as const, content: system }] : []),
      { role: "user", content: joined({ instruction, input }) },
      { role: "assistant", content: output },
    ],
  };
}

function chatRenderer(
  { chatTemplate, name }: DecoderModel,
  options: { notation?: typeof genericNotation } = {},
): RenderChat {
  if (!chatTemplate) {
    throw new InputError("no_chat_template", `${name} has no chat template, but the data holds conversations.`, {
      hint: "take a chat model as base, or data with instruction and output",
    });
  }
  return (messages, { tools, addGenerationPrompt }) =>
    renderConversation(
      chatTemplate,
      messages.map((message) => ({ ...message })),
      tools?.map(toChatTool),
      { addGenerationPrompt },
      options,
    );
}

/** A tool of a row, which names its function below `function` or is one itself. */
function toChatTool(tool: unknown): ChatTool {
  const { function: own } = tool as { function?: ChatTool };
  return own ?? (tool as ChatTool);
}
