import { ArgumentError } from "@loam/core";
import type { GenerationRequest, Message, ResponseFormat, Sampling } from "@loam/platform";
import type { ChatRequest, Options } from "./schema.ts";

/** Names as Ollama's clients say them: `:latest` is said to every model. */
export const modelName = (name: string): string => name.replace(/:latest$/, "");

/** Ollama's options as a generation has them; a negative `num_predict` is no limit. */
export function toSampling(options: Options | undefined): Sampling & { maxTokens?: number; stop?: string[] } {
  if (!options) return {};
  const { num_predict: limit, stop } = options;
  return {
    temperature: options.temperature,
    topP: options.top_p,
    topK: options.top_k || undefined,
    minP: options.min_p,
    seed: options.seed,
    repetitionPenalty: options.repeat_penalty,
    presencePenalty: options.presence_penalty,
    frequencyPenalty: options.frequency_penalty,
    maxTokens: limit === undefined || limit < 0 ? undefined : limit,
    stop: typeof stop === "string" ? [stop] : stop,
  };
}

export function toFormat(format: string | Record<string, unknown> | undefined): ResponseFormat | undefined {
  if (!format) return undefined;
  return typeof format === "string" ? { type: "json_object" } : { type: "json_schema", schema: format };
}

/** Calls have no ids in Ollama: a result answers the first call that has none yet. */
export function toGeneration(request: ChatRequest): GenerationRequest {
  const open: string[] = [];
  let count = 0;
  const messages = (request.messages ?? []).map((message, i): Message => {
    if (message.images?.length)
      throw new ArgumentError(
        `messages[${i}].images`,
        `${message.images.length} images`,
        "none: this model has no vision",
      );
    const content = message.content ?? "";
    if (message.role === "tool") return { role: "tool", content, tool_call_id: open.shift() ?? "" };
    if (message.role !== "assistant") return { role: message.role, content };
    const tool_calls = message.tool_calls?.map((call) => {
      const id = `call_${count++}`;
      open.push(id);
      const { name, arguments: input } = call.function;
      return { id, type: "function" as const, function: { name, arguments: JSON.stringify(input) } };
    });
    return {
      role: "assistant",
      content,
      reasoning_content: message.thinking,
      ...(tool_calls?.length ? { tool_calls } : {}),
    };
  });
  return {
    model: modelName(request.model),
    messages,
    ...toSampling(request.options),
    responseFormat: toFormat(request.format),
    tools: request.tools?.map(({ function: { name, description, parameters } }) => {
      return { type: "function" as const, name, description, parameters };
    }),
    reasoningEffort: request.think === false ? "none" : undefined,
  };
}
