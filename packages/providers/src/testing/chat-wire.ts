import { countWords } from "./count-words.ts";
import type { Answer, ChatQuestion } from "./openai-server.ts";

type Json = Record<string, unknown>;
/** How a reply leaves: as one JSON body, or as the pieces of an event stream. */
export interface Send {
  json(body: unknown): void;
  events(pieces: string[]): void;
}

/** `POST /chat/completions`. */
export function answerChat(body: Json, reply: (question: ChatQuestion) => Answer, send: Send): void {
  const question = readChat(body);
  const { text, toolCalls = [], finishReason } = reply(question);
  const head = { id: "chatcmpl-test", created: 1_700_000_000, model: body.model };
  const calls = toolCalls.map((call, index) => ({
    id: `call_${index}`,
    type: "function",
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }));
  const finish = finishReason ?? (calls.length > 0 ? "tool_calls" : "stop");
  const promptTokens = countWords(JSON.stringify(body.messages));
  const completionTokens = countWords(text ?? "") + calls.length;
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
  if (!body.stream) {
    const message = { role: "assistant", content: text ?? null, ...(calls.length > 0 ? { tool_calls: calls } : {}) };
    send.json({ ...head, object: "chat.completion", choices: [{ index: 0, message, finish_reason: finish }], usage });
    return;
  }
  const chunk = (delta: Json, more: Json = {}) => ({
    ...head,
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta, finish_reason: null, ...more }],
  });
  const chunks: Json[] = [chunk({ role: "assistant", content: "" })];
  for (const word of words(text ?? "")) chunks.push(chunk({ content: word }));
  for (const [index, call] of calls.entries()) {
    const { name, arguments: args } = call.function;
    chunks.push(chunk({ tool_calls: [{ index, id: call.id, type: "function", function: { name, arguments: "" } }] }));
    const middle = Math.ceil(args.length / 2);
    for (const part of [args.slice(0, middle), args.slice(middle)])
      chunks.push(chunk({ tool_calls: [{ index, function: { arguments: part } }] }));
  }
  chunks.push(chunk({}, { finish_reason: finish }));
  if ((body.stream_options as Json | undefined)?.include_usage) chunks.push({ ...chunk({}), choices: [], usage });
  send.events([...chunks.map((piece) => `data: ${JSON.stringify(piece)}\n\n`), "data: [DONE]\n\n"]);
}

function readChat(body: Json): ChatQuestion {
  const messages = (body.messages ?? []) as { role: string; content: unknown }[];
  const last = messages.findLast((message) => message.role === "user");
  const system = messages.filter((message) => message.role === "system" || message.role === "developer");
  const trailing = messages.slice(messages.findLastIndex((message) => message.role !== "tool") + 1);
  const format = body.response_format as { json_schema?: { schema?: Json } } | undefined;
  return {
    model: String(body.model),
    system: system.map((message) => contentText(message.content)).join("\n"),
    text: contentText(last?.content),
    images: contentImages(last?.content),
    tools: ((body.tools ?? []) as { function?: { name: string } }[]).map((tool) => tool.function?.name ?? ""),
    toolResults: trailing.map((message) => contentText(message.content)),
    schema: format?.json_schema?.schema,
    body,
  };
}

/** The text parts of a message's content, joined. */
export function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  return ((content ?? []) as Json[]).map((part) => (typeof part.text === "string" ? part.text : "")).join("");
}

export function contentImages(content: unknown): string[] {
  if (!Array.isArray(content)) return [];
  return (content as Json[]).flatMap(({ image_url: image }) =>
    typeof image === "string" ? [image] : image ? [String((image as Json).url)] : [],
  );
}

/** A text in the pieces in which it is streamed: words with the space that follows. */
export function words(text: string): string[] {
  return text.match(/\S+\s*|\s+/g) ?? [];
}
