import { InputError } from "@loam/core";
import type { DecoderModel } from "@loam/models";
import {
  chatSegments,
  type Example,
  type PromptTemplateName,
  promptTemplate,
  readExamples,
  renderExample,
  type Segment,
} from "@loam/peft";

/** An example as the model will see it; the loss is taken on supervised pieces only. */
export interface PreviewRow {
  segments: Segment[];
  tokens: number;
  supervisedTokens: number;
  /** Tokens beyond `maxTokens`, which are cut off. */
  truncatedTokens: number;
}

/** The first rows of a dataset as a model will see them. */
export async function previewRows(
  model: DecoderModel,
  path: string,
  { template, maxTokens, rows = 5 }: { template: PromptTemplateName | "chat"; maxTokens: number; rows?: number },
): Promise<PreviewRow[]> {
  const { tokenizer } = model;
  if (!tokenizer) throw new InputError("no_tokenizer", `${model.name} has no tokenizer.`);
  const preview: PreviewRow[] = [];
  for await (const example of readExamples(path, { limit: rows })) {
    const segments = segmentsOf(model, example, template);
    const tokens = segments.map(({ text }) => tokenizer.encode(text, { addSpecialTokens: false }).ids.length);
    const total = tokens.reduce((a, b) => a + b, 0);
    preview.push({
      segments,
      tokens: total,
      supervisedTokens: segments.reduce((sum, { supervised }, i) => sum + (supervised ? tokens[i]! : 0), 0),
      truncatedTokens: Math.max(0, total - maxTokens),
    });
  }
  return preview;
}

/** Conversations always take the model's own template, instructions when `template` says so. */
function segmentsOf(model: DecoderModel, example: Example, template: PromptTemplateName | "chat"): Segment[] {
  if (example.kind === "text") return renderExample(example, promptTemplate("plain"));
  if (example.kind === "instruction" && template !== "chat") return renderExample(example, promptTemplate(template));
  const { chatTemplate } = model;
  if (!chatTemplate) {
    throw new InputError("no_chat_template", `${model.name} has no chat template, which these rows need.`, {
      hint: "take a chat model as base, or data with instruction and output and another template",
    });
  }
  return chatSegments(asChat(example), (messages, options) =>
    chatTemplate.render(
      messages.map((message) => ({ ...message })),
      options,
    ),
  );
}

function asChat(example: Exclude<Example, { kind: "text" }>): Extract<Example, { kind: "chat" }> {
  if (example.kind === "chat") return example;
  const { system, instruction, input, output } = example;
  return {
    kind: "chat",
    messages: [
      ...(system ? [{ role: "system" as const, content: system }] : []),
      { role: "user", content: input ? `${instruction}\n\n${input}` : instruction },
      { role: "assistant", content: output },
    ],
  };
}
