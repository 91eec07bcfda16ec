import { ArgumentError, nearestName } from "@loam/core";
import type { Example } from "./example.ts";

/** A piece of a rendered example; the loss is taken on supervised pieces only. */
export interface Segment {
  text: string;
  supervised: boolean;
}

/** Writes an instruction as the text a model sees, ending where its answer begins. */
export interface PromptTemplate {
  prompt(example: { instruction: string; input: string; system?: string }): string;
}

/** The prompts published with Stanford Alpaca, with and without an input. */
const alpaca: PromptTemplate = {
  prompt: ({ instruction, input }) =>
    input
      ? `Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request.\n\n### Instruction:\n${instruction}\n\n### Input:\n${input}\n\n### Response:`
      : `Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n### Instruction:\n${instruction}\n\n### Response:`,
};

/** The same in Chinese. */
const alpacaZh: PromptTemplate = {
  prompt: ({ instruction, input }) =>
    input
      ? `以下是一条描述任务的指令，并附有提供更多背景的输入。请写出恰当完成该请求的回答。\n\n### 指令：\n${instruction}\n\n### 输入：\n${input}\n\n### 回答：\n`
      : `以下是一条描述任务的指令。请写出恰当完成该请求的回答。\n\n### 指令：\n${instruction}\n\n### 回答：\n`,
};

/** Nothing around the text: instruction, input on the next line, answer on the next. */
const plain: PromptTemplate = {
  prompt: ({ instruction, input }) => (input ? `${instruction}\n${input}\n` : `${instruction}\n`),
};

const templates = { alpaca, "alpaca-zh": alpacaZh, plain };
export type PromptTemplateName = keyof typeof templates;
export const promptTemplateNames = Object.keys(templates) as PromptTemplateName[];

/**
 * The template of that name.
 *
 * @throws {ArgumentError} for an unknown name, with the nearest.
 */
export function promptTemplate(name: PromptTemplateName): PromptTemplate {
  const template = templates[name];
  if (!template) {
    const near = nearestName(name, promptTemplateNames);
    throw new ArgumentError(
      "template",
      name,
      `one of ${promptTemplateNames.join(", ")}`,
      near && `did you mean "${near}"?`,
    );
  }
  return template;
}

/** Renders an instruction or plain text; chats are rendered by the model's own template, see {@link chatSegments}. */
export function renderExample(example: Exclude<Example, { kind: "chat" }>, template: PromptTemplate): Segment[] {
  if (example.kind === "text") return [{ text: example.text, supervised: true }];
  if (example.kind === "completion") {
    const asked = { text: example.prompt, supervised: false };
    return [...(example.prompt === "" ? [] : [asked]), { text: example.completion, supervised: true }];
  }
  const prompt = template.prompt(example);
  return [
    { text: example.system ? `${example.system}\n\n${prompt}` : prompt, supervised: false },
    { text: example.output, supervised: true },
  ];
}
