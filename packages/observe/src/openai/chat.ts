import type { MessagePart, ModelMessage, ModelResponse } from "../tracing/gen-ai.ts";
import { asArray, asNumber, asText, contentParts, type Json, parseArguments, readUsage } from "./wire.ts";
import type { Endpoint } from "./wrap-openai.ts";

/** `POST /chat/completions`. */
export const chatEndpoint: Endpoint = {
  request: (body) => ({
    operation: "chat",
    model: asText(body.model) ?? "unknown",
    messages: asArray(body.messages).map(readMessage),
    tools: body.tools,
    outputType: asText((body.response_format as Json | undefined)?.type)?.startsWith("json") ? "json" : undefined,
    stream: body.stream === true ? true : undefined,
    temperature: asNumber(body.temperature),
    topP: asNumber(body.top_p),
    maxTokens: asNumber(body.max_completion_tokens ?? body.max_tokens),
    seed: asNumber(body.seed),
    frequencyPenalty: asNumber(body.frequency_penalty),
    presencePenalty: asNumber(body.presence_penalty),
    stopSequences: typeof body.stop === "string" ? [body.stop] : (body.stop as string[] | undefined),
    choiceCount: asNumber(body.n),
  }),

  response: (body) => ({
    id: asText(body.id),
    model: asText(body.model),
    finishReasons: asArray(body.choices).map((choice) => String(choice.finish_reason)),
    messages: asArray(body.choices).map((choice) => ({
      ...readMessage((choice.message ?? {}) as Json),
      finish_reason: asText(choice.finish_reason),
    })),
    usage: readUsage(body.usage),
  }),

  accumulate: () => {
    const choices: Json[] = [];
    let head: Json = {};
    let usage: unknown;
    return {
      add: (chunk) => {
        head = { id: chunk.id, model: chunk.model };
        usage = chunk.usage ?? usage;
        for (const choice of asArray(chunk.choices)) addChoice(choices, choice);
      },
      response: (): ModelResponse => chatEndpoint.response({ ...head, choices: choices.filter(Boolean), usage }),
    };
  },
};

/** Adds the delta of one choice: text is appended, tool calls are joined by their index. */
function addChoice(choices: Json[], choice: Json): void {
  const index = asNumber(choice.index) ?? 0;
  const whole = (choices[index] ??= { message: { role: "assistant", content: "" } });
  const message = whole.message as Json;
  const delta = (choice.delta ?? {}) as Json;
  if (delta.role) message.role = delta.role;
  for (const field of ["content", "refusal", "reasoning_content"])
    if (typeof delta[field] === "string") message[field] = `${message[field] ?? ""}${delta[field]}`;
  const calls = (message.tool_calls ??= []) as Json[];
  for (const part of asArray(delta.tool_calls)) {
    const call = (calls[asNumber(part.index) ?? 0] ??= { function: { name: "", arguments: "" } });
    const target = call.function as Json;
    const source = (part.function ?? {}) as Json;
    if (part.id) call.id = part.id;
    if (source.name) target.name = source.name;
    if (source.arguments) target.arguments = `${target.arguments}${source.arguments}`;
  }
  if (choice.finish_reason) whole.finish_reason = choice.finish_reason;
}

function readMessage(message: Json): ModelMessage {
  const role = asText(message.role) ?? "user";
  if (role === "tool")
    return {
      role,
      parts: [{ type: "tool_call_response", id: asText(message.tool_call_id), response: message.content }],
    };
  const parts: MessagePart[] = message.content ? contentParts(message.content) : [];
  if (message.reasoning_content) parts.unshift({ type: "reasoning", content: String(message.reasoning_content) });
  if (message.refusal) parts.push({ type: "refusal", content: String(message.refusal) });
  for (const call of asArray(message.tool_calls)) {
    const { name, arguments: args } = (call.function ?? {}) as Json;
    parts.push({ type: "tool_call", id: asText(call.id), name: String(name ?? ""), arguments: parseArguments(args) });
  }
  return { role, parts };
}
