import type { MessagePart, ModelMessage, ModelResponse } from "../tracing/gen-ai.ts";
import { asArray, asNumber, asText, contentParts, type Json, parseArguments, readUsage } from "./wire.ts";
import type { Endpoint } from "./wrap-openai.ts";

/** `POST /responses`. */
export const responsesEndpoint: Endpoint = {
  request: (body) => ({
    operation: "chat",
    model: asText(body.model) ?? "unknown",
    systemInstructions: typeof body.instructions === "string" ? contentParts(body.instructions) : undefined,
    messages:
      typeof body.input === "string"
        ? [{ role: "user", parts: contentParts(body.input) }]
        : asArray(body.input).map(readItem),
    tools: body.tools,
    outputType: asText(((body.text as Json | undefined)?.format as Json | undefined)?.type)?.startsWith("json")
      ? "json"
      : undefined,
    stream: body.stream === true ? true : undefined,
    temperature: asNumber(body.temperature),
    topP: asNumber(body.top_p),
    maxTokens: asNumber(body.max_output_tokens),
    conversationId: asText(body.conversation) ?? asText((body.conversation as Json | undefined)?.id),
  }),

  response: (body) => {
    const finishReason = asText((body.incomplete_details as Json | undefined)?.reason) ?? asText(body.status);
    return {
      id: asText(body.id),
      model: asText(body.model),
      finishReasons: finishReason ? [finishReason] : undefined,
      messages: asArray(body.output).map(readItem),
      usage: readUsage(body.usage),
    };
  },

  accumulate: () => {
    let response: Json = {};
    let text = "";
    return {
      add: (event) => {
        if (typeof event.response === "object" && event.response !== null) response = event.response as Json;
        if (event.type === "response.output_text.delta") text += String(event.delta ?? "");
      },
      response: (): ModelResponse => {
        // Cut off before its end, the response has no output yet: what was streamed is what there is.
        const output = asArray(response.output).length > 0 ? response.output : [{ role: "assistant", content: text }];
        return responsesEndpoint.response({ ...response, output });
      },
    };
  },
};

/** An input or output item: a message, or a tool call or its result as an item of its own. */
function readItem(item: Json): ModelMessage {
  const part = (role: string, content: MessagePart): ModelMessage => ({ role, parts: [content] });
  switch (item.type) {
    case "function_call":
      return part("assistant", {
        type: "tool_call",
        id: asText(item.call_id),
        name: String(item.name ?? ""),
        arguments: parseArguments(item.arguments),
      });
    case "function_call_output":
      return part("tool", { type: "tool_call_response", id: asText(item.call_id), response: item.output });
    case "reasoning":
      return part("assistant", {
        type: "reasoning",
        content: asArray(item.summary)
          .map((summary) => String(summary.text ?? ""))
          .join("\n"),
      });
    case undefined:
    case "message":
      return { role: asText(item.role) ?? "user", parts: contentParts(item.content) };
    default:
      return part("assistant", { type: String(item.type) });
  }
}
