import type { TokenUsage } from "../prices/prices.ts";
import type { MessagePart } from "../tracing/gen-ai.ts";

export type Json = Record<string, unknown>;

export const asArray = (value: unknown): Json[] =>
  Array.isArray(value) ? value.filter((item): item is Json => typeof item === "object" && item !== null) : [];
export const asNumber = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
export const asText = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** Arguments arrive as JSON text, which a model may get wrong: then the text itself is kept. */
export function parseArguments(text: unknown): unknown {
  if (typeof text !== "string") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Message content of chat completions and of responses: a string, or a list of typed parts. */
export function contentParts(content: unknown): MessagePart[] {
  if (typeof content === "string") return [{ type: "text", content }];
  return asArray(content).map(contentPart);
}

function contentPart(part: Json): MessagePart {
  switch (part.type) {
    case "text":
    case "input_text":
    case "output_text":
      return { type: "text", content: String(part.text ?? "") };
    case "refusal":
      return { type: "refusal", content: String(part.refusal ?? "") };
    case "image_url":
    case "input_image": {
      const image = part.image_url;
      const url = typeof image === "string" ? image : String((image as Json | undefined)?.url ?? "");
      const inline = /^data:([^;,]+)[^,]*,/.exec(url);
      return inline
        ? {
            type: "blob",
            modality: "image",
            mime_type: inline[1],
            size_bytes: Math.floor(((url.length - inline[0].length) * 3) / 4),
          }
        : { type: "uri", modality: "image", uri: url };
    }
    default:
      return { type: String(part.type ?? "unknown") };
  }
}

/** Usage of chat completions and embeddings (`prompt_tokens`) and of responses (`input_tokens`). */
export function readUsage(usage: unknown): TokenUsage | undefined {
  if (typeof usage !== "object" || usage === null) return undefined;
  const counts = usage as Json;
  const input = (counts.prompt_tokens_details ?? counts.input_tokens_details ?? {}) as Json;
  const output = (counts.completion_tokens_details ?? counts.output_tokens_details ?? {}) as Json;
  return {
    inputTokens: asNumber(counts.prompt_tokens ?? counts.input_tokens),
    outputTokens: asNumber(counts.completion_tokens ?? counts.output_tokens),
    cacheReadTokens: asNumber(input.cached_tokens),
    reasoningTokens: asNumber(output.reasoning_tokens),
  };
}
