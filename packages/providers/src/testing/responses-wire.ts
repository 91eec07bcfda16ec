import { contentImages, contentText, type Send, words } from "./chat-wire.ts";
import { countWords } from "./count-words.ts";
import type { Answer, ChatQuestion } from "./openai-server.ts";

type Json = Record<string, unknown>;

/** `POST /responses`. */
export function answerResponses(body: Json, reply: (question: ChatQuestion) => Answer, send: Send): void {
  const question = readInput(body);
  const { text, toolCalls = [], finishReason } = reply(question);
  const message = (content: Json[], status: string) => ({
    type: "message",
    id: "msg_test",
    role: "assistant",
    status,
    content,
  });
  const textPart = { type: "output_text", text: text ?? "", annotations: [] };
  const calls = toolCalls.map((call, index) => ({
    type: "function_call",
    id: `fc_${index}`,
    call_id: `call_${index}`,
    name: call.name,
    arguments: JSON.stringify(call.arguments),
    status: "completed",
  }));
  const output = [...(text === undefined ? [] : [message([textPart], "completed")]), ...calls];
  const inputTokens = countWords(JSON.stringify(body.input));
  const outputTokens = countWords(text ?? "") + calls.length;
  const incomplete = finishReason === "length" ? { reason: "max_output_tokens" } : null;
  const response = {
    id: "resp_test",
    object: "response",
    created_at: 1_700_000_000,
    status: incomplete ? "incomplete" : "completed",
    model: body.model,
    error: null,
    incomplete_details: incomplete,
    output,
    usage: {
      input_tokens: inputTokens,
      output_tokens: outputTokens,
      total_tokens: inputTokens + outputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 0 },
    },
  };
  if (!body.stream) {
    send.json(response);
    return;
  }

  const pieces: string[] = [];
  let sequence = 0;
  const event = (type: string, fields: Json) =>
    pieces.push(`event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...fields })}\n\n`);
  event("response.created", { response: { ...response, status: "in_progress", output: [], usage: null } });
  for (const [index, item] of output.entries()) {
    const at = { output_index: index, item_id: item.id };
    if (item.type === "message") {
      event("response.output_item.added", { ...at, item: message([], "in_progress") });
      event("response.content_part.added", { ...at, content_index: 0, part: { ...textPart, text: "" } });
      for (const delta of words(text ?? "")) event("response.output_text.delta", { ...at, content_index: 0, delta });
      event("response.output_text.done", { ...at, content_index: 0, text });
      event("response.content_part.done", { ...at, content_index: 0, part: textPart });
    } else {
      const call = item as (typeof calls)[number];
      event("response.output_item.added", { ...at, item: { ...call, arguments: "", status: "in_progress" } });
      event("response.function_call_arguments.delta", { ...at, delta: call.arguments });
      event("response.function_call_arguments.done", { ...at, arguments: call.arguments });
    }
    event("response.output_item.done", { ...at, item });
  }
  event(incomplete ? "response.incomplete" : "response.completed", { response });
  send.events(pieces);
}

function readInput(body: Json): ChatQuestion {
  const items = (
    typeof body.input === "string" ? [{ role: "user", content: body.input }] : (body.input ?? [])
  ) as Json[];
  const last = items.findLast((item) => item.role === "user");
  const system = items.filter((item) => item.role === "system" || item.role === "developer");
  const format = (body.text as { format?: { schema?: Json } } | undefined)?.format;
  return {
    model: String(body.model),
    system: [body.instructions ?? "", ...system.map((item) => contentText(item.content))].filter(Boolean).join("\n"),
    text: contentText(last?.content),
    images: contentImages(last?.content),
    tools: ((body.tools ?? []) as { name?: string }[]).map((tool) => tool.name ?? ""),
    toolResults: items.filter((item) => item.type === "function_call_output").map((item) => contentText(item.output)),
    schema: format?.schema,
    body,
  };
}
