import type { ModelRequest, ModelResponse } from "../tracing/gen-ai.ts";
import { estimateTokens } from "./estimate-tokens.ts";

/** The answer with its tokens counted here where the provider did not say them, and a mark that says so. */
export function withEstimate(request: Omit<ModelRequest, "provider">, response: ModelResponse): ModelResponse {
  const { usage } = response;
  if (usage?.inputTokens !== undefined || usage?.outputTokens !== undefined) return response;
  const asked = [request.systemInstructions, request.messages, request.tools];
  const inputTokens = asked.reduce<number>((sum, part) => sum + tokensIn(part), 0);
  return { ...response, usage: { inputTokens, outputTokens: tokensIn(response.messages) }, usageEstimated: true };
}

/** Of the texts in a value; the names of fields are none. */
function tokensIn(value: unknown, depth = 0): number {
  if (typeof value === "string") return estimateTokens(value);
  if (typeof value !== "object" || value === null || depth > 20) return 0;
  const fields = Array.isArray(value)
    ? value
    : Object.entries(value).flatMap(([name, field]) => (isWord(name) ? [] : [field]));
  return fields.reduce<number>((sum, field) => sum + tokensIn(field, depth + 1), 0);
}

/** Fields that name a thing, and are no text of a person or a model. */
function isWord(name: string): boolean {
  return ["type", "role", "id", "finish_reason", "mime_type", "modality"].includes(name);
}
