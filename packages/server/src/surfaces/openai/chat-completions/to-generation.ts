import { ArgumentError, InputError } from "@loam/core";
import { checkMessages, type GenerationRequest, type Message, type Tool, type ToolChoice } from "@loam/platform";
import { toSampling } from "../wire/sampling-schema.ts";
import type { ChatMessage } from "./message-schema.ts";
import type { ChatCompletionRequest } from "./schema.ts";

/** A chat request as any protocol asks for it. @throws {ArgumentError} for fields that do not go together. */
export function toGeneration(request: ChatCompletionRequest): GenerationRequest {
  const tools = toTools(request);
  const messages = toMessages(request.messages);
  checkMessages(messages);
  checkTogether(request);
  return {
    model: request.model,
    messages,
    ...toSampling(request),
    tools,
    toolChoice: toToolChoice(request, tools),
    parallelToolCalls: request.functions ? false : request.parallel_tool_calls,
    responseFormat: toResponseFormat(request),
    n: request.n,
    logprobs: request.logprobs,
    topLogprobs: request.top_logprobs,
    maxTokens: request.max_completion_tokens ?? request.max_tokens,
    reasoningEffort: request.reasoning_effort,
    templateVariables: request.chat_template_kwargs,
  };
}

function checkTogether(request: ChatCompletionRequest): void {
  if (request.top_logprobs !== undefined && request.top_logprobs > 0 && !request.logprobs)
    throw new ArgumentError("logprobs", request.logprobs, "true where `top_logprobs` is given");
  if (request.stream_options && !request.stream)
    throw new ArgumentError("stream_options", request.stream_options, "`stream: true` beside it", "leave it out");
  if (request.functions && request.tools)
    throw new ArgumentError("functions", "given", "`tools` or `functions`, not both", "`functions` is the old form");
  if (request.function_call !== undefined && !request.functions)
    throw new ArgumentError("function_call", request.function_call, "`functions` beside it");
}

/** Legacy function messages become calls with ids of their own. */
function toMessages(messages: readonly ChatMessage[]): Message[] {
  let legacy = 0;
  return messages.map((message): Message => {
    if (message.role === "function")
      return { role: "tool", content: message.content, name: message.name, tool_call_id: `call_legacy_${legacy}` };
    if (message.role !== "assistant") return message;
    const { content, refusal, function_call, tool_calls, name, reasoning_content } = message;
    const calls = function_call
      ? [{ id: `call_legacy_${++legacy}`, type: "function" as const, function: function_call }]
      : tool_calls?.length
        ? tool_calls
        : undefined;
    return { role: "assistant", content: content ?? refusal ?? null, name, tool_calls: calls, reasoning_content };
  });
}

function toTools({ tools, functions }: ChatCompletionRequest): Tool[] | undefined {
  const list = functions
    ? functions.map((definition): Tool => ({ type: "function", ...definition }))
    : tools?.map((tool): Tool => {
        if (tool.type === "function") return { type: "function", ...tool.function };
        const { name, description, format } = tool.custom;
        const flat = format?.type === "grammar" ? { type: "grammar" as const, ...format.grammar } : format;
        return { type: "custom", name, description, format: flat };
      });
  for (const [i, { name }] of list?.entries() ?? []) {
    const first = list!.findIndex((tool) => tool.name === name);
    if (first < i) throw new ArgumentError(`tools[${i}].name`, name, `a name of its own: tools[${first}] has it`);
  }
  return list;
}

function toToolChoice(request: ChatCompletionRequest, tools: readonly Tool[] | undefined): ToolChoice | undefined {
  const { tool_choice: choice, function_call: legacy } = request;
  const known = (name: string): string => {
    if (tools?.some((tool) => tool.name === name)) return name;
    const parameter = legacy === undefined ? "tool_choice" : "function_call";
    const names = tools?.map((tool) => tool.name).join(", ");
    throw new ArgumentError(parameter, name, names ? `one of ${names}` : "`tools` beside it");
  };
  if (legacy !== undefined) return typeof legacy === "string" ? legacy : { name: known(legacy.name) };
  if (choice === undefined) return undefined;
  if (typeof choice === "string") {
    if (choice === "required" && !tools?.length)
      throw new ArgumentError("tool_choice", choice, "`tools` beside it", "name the functions that may be called");
    return choice;
  }
  if (choice.type === "allowed_tools") {
    const { mode, tools: allowed } = choice.allowed_tools;
    return { mode, allowed: allowed.map((tool) => known(nameOf(tool))) };
  }
  return { name: known(nameOf(choice)) };
}

type Named = { type: "function"; function: { name: string } } | { type: "custom"; custom: { name: string } };
const nameOf = (tool: Named): string => (tool.type === "function" ? tool.function.name : tool.custom.name);

function toResponseFormat({ response_format: format, messages }: ChatCompletionRequest) {
  if (format?.type === "json_object" && !JSON.stringify(messages).toLowerCase().includes("json"))
    throw new InputError(
      "invalid_value",
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
      { details: { name: "messages" }, hint: "say in the system message that the answer is JSON" },
    );
  if (format?.type !== "json_schema") return format;
  const { schema = {}, name, strict } = format.json_schema;
  return { type: "json_schema" as const, schema, name, strict };
}
