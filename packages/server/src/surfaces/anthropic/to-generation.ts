import { ArgumentError } from "@loam/core";
import { type ContentPart, checkMessages, type GenerationRequest, type Message, type ToolChoice } from "@loam/platform";
import type { ContentBlock, CountTokensRequest, MessagesRequest } from "./schema.ts";

/** A request of Anthropic's as any protocol asks for it. */
export function toGeneration(request: CountTokensRequest | MessagesRequest): GenerationRequest {
  const system =
    typeof request.system === "string" ? request.system : request.system?.map(({ text }) => text).join("\n");
  const messages: Message[] = [
    ...(system ? [{ role: "system" as const, content: system }] : []),
    ...request.messages.flatMap(({ role, content }) =>
      role === "user" ? userMessages(content) : [assistantMessage(content)],
    ),
  ];
  checkMessages(messages);
  const schema = request.output_config?.format?.schema;
  return {
    model: request.model,
    messages,
    maxTokens: request.max_tokens,
    stop: request.stop_sequences,
    temperature: request.temperature,
    topP: request.top_p,
    topK: request.top_k || undefined,
    tools: request.tools?.map(({ name, description, input_schema: parameters, strict }) => {
      return { type: "function" as const, name, description, parameters, strict };
    }),
    toolChoice: toToolChoice(request),
    parallelToolCalls: !(
      request.tool_choice &&
      "disable_parallel_tool_use" in request.tool_choice &&
      request.tool_choice.disable_parallel_tool_use
    ),
    responseFormat: schema && { type: "json_schema", schema, strict: true },
    reasoningEffort: request.thinking?.type === "enabled" ? undefined : request.thinking ? "none" : undefined,
  };
}

function toToolChoice({
  tool_choice: choice,
  tools = [],
}: Pick<CountTokensRequest, "tool_choice" | "tools">): ToolChoice | undefined {
  if (!choice) return undefined;
  if (choice.type === "any") {
    if (tools.length === 0) throw new ArgumentError("tool_choice", choice, "`tools` beside it");
    return "required";
  }
  if (choice.type !== "tool") return choice.type;
  if (tools.some(({ name }) => name === choice.name)) return { name: choice.name };
  throw new ArgumentError(
    "tool_choice.name",
    choice.name,
    `one of ${tools.map(({ name }) => name).join(", ") || "the tools"}`,
  );
}

/** Results of calls come before what the user says. */
function userMessages(content: string | readonly ContentBlock[]): Message[] {
  if (typeof content === "string") return [{ role: "user", content }];
  const results = content.flatMap((block): Message[] =>
    block.type === "tool_result" ? [{ role: "tool", tool_call_id: block.tool_use_id, content: resultText(block) }] : [],
  );
  const parts = content.flatMap((block): ContentPart[] => {
    if (block.type === "text") return [{ type: "text", text: block.text }];
    return block.type === "image" ? [toImage(block)] : [];
  });
  return [...results, ...(parts.length > 0 ? [{ role: "user" as const, content: parts }] : [])];
}

function resultText({ content, is_error }: ContentBlock & { type: "tool_result" }): string {
  const text =
    typeof content === "string"
      ? content
      : (content ?? []).map((part) => (part.type === "text" ? part.text : "")).join("");
  return is_error ? `Error: ${text}` : text;
}

function toImage({ source }: ContentBlock & { type: "image" }): ContentPart {
  const url = source.type === "url" ? source.url : `data:${source.media_type};base64,${source.data}`;
  return { type: "image_url", image_url: { url: url as string } };
}

function assistantMessage(content: string | readonly ContentBlock[]): Message {
  if (typeof content === "string") return { role: "assistant", content };
  const text = content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("");
  const reasoning = content.flatMap((block) => (block.type === "thinking" ? [block.thinking] : [])).join("");
  const calls = content.flatMap((block) =>
    block.type === "tool_use"
      ? [
          {
            id: block.id,
            type: "function" as const,
            function: { name: block.name, arguments: JSON.stringify(block.input) },
          },
        ]
      : [],
  );
  return {
    role: "assistant",
    content: text === "" && calls.length > 0 ? null : text,
    ...(reasoning && { reasoning_content: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}
