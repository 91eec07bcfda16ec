import type { LanguageModelV4Prompt } from "@ai-sdk/provider";
import { UnsupportedError } from "@loam/core";
import type { ChatMessage } from "../tokenizers/chat-template.ts";

/** The AI SDK's messages as chat templates read them. @throws {UnsupportedError} for files: local models read text. */
export function toChatMessages(prompt: LanguageModelV4Prompt): ChatMessage[] {
  return prompt.flatMap(toChatMessage);
}

function toChatMessage(message: LanguageModelV4Prompt[number]): ChatMessage[] {
  switch (message.role) {
    case "system":
      return [{ role: "system", content: message.content }];
    case "user":
      return [{ role: "user", content: textOf(message.content) }];
    case "assistant": {
      const calls = message.content.flatMap((part) =>
        part.type === "tool-call"
          ? [{ type: "function", id: part.toolCallId, function: { name: part.toolName, arguments: part.input } }]
          : [],
      );
      const reasoning = message.content.flatMap((part) => (part.type === "reasoning" ? [part.text] : [])).join("");
      return [
        {
          role: "assistant",
          content: message.content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join(""),
          ...(reasoning && { reasoning_content: reasoning }),
          ...(calls.length > 0 && { tool_calls: calls }),
        },
      ];
    }
    case "tool":
      return message.content.flatMap((part) =>
        part.type === "tool-result"
          ? [{ role: "tool", name: part.toolName, tool_call_id: part.toolCallId, content: outputText(part.output) }]
          : [],
      );
  }
}

function textOf(content: readonly { type: string; text?: string }[]): string {
  return content
    .map((part) => {
      if (part.type === "text") return part.text!;
      throw new UnsupportedError("Local models read text, not files or images.", {
        hint: "describe the image first, or set a vision model",
      });
    })
    .join("");
}

function outputText(output: { type: string; value?: unknown }): string {
  return typeof output.value === "string" ? output.value : JSON.stringify(output.value ?? null);
}
