import { z } from "zod";
import { optional } from "../openai/wire/optional.ts";

/** How tokens are chosen. What only moves work about inside Ollama is read over. */
const Options = z.looseObject({
  temperature: optional(z.number().min(0)),
  top_p: optional(z.number().min(0).max(1)),
  top_k: optional(z.int().min(0)),
  min_p: optional(z.number().min(0).max(1)),
  seed: optional(z.int()),
  num_predict: optional(z.int()),
  stop: optional(z.union([z.string(), z.array(z.string())])),
  repeat_penalty: optional(z.number().gt(0)),
  presence_penalty: optional(z.number().min(-2).max(2)),
  frequency_penalty: optional(z.number().min(-2).max(2)),
});
export type Options = z.output<typeof Options>;

const format = optional(z.union([z.literal("json"), z.literal(""), z.record(z.string(), z.unknown())]));
const common = {
  model: z.string().min(1),
  stream: optional(z.boolean()),
  format,
  options: optional(Options),
  keep_alive: z.unknown().optional(),
  think: optional(z.union([z.boolean(), z.string()])),
  logprobs: z.unknown().optional(),
};

const Call = z.looseObject({
  function: z.looseObject({ name: z.string(), arguments: z.record(z.string(), z.unknown()) }),
});
export const ChatRequest = z.strictObject({
  ...common,
  messages: optional(
    z.array(
      z.looseObject({
        role: z.enum(["system", "user", "assistant", "tool"]),
        content: optional(z.string()),
        thinking: optional(z.string()),
        images: optional(z.array(z.string())),
        tool_calls: optional(z.array(Call)),
        tool_name: optional(z.string()),
      }),
    ),
  ),
  tools: optional(
    z.array(
      z.looseObject({
        type: z.literal("function"),
        function: z.looseObject({
          name: z.string().min(1),
          description: optional(z.string()),
          parameters: optional(z.record(z.string(), z.unknown())),
        }),
      }),
    ),
  ),
});
export type ChatRequest = z.output<typeof ChatRequest>;

export const GenerateRequest = z.strictObject({
  ...common,
  prompt: optional(z.string()),
  system: optional(z.string()),
  raw: optional(z.boolean()),
  suffix: optional(z.string()),
  template: optional(z.string()),
  images: optional(z.array(z.string())),
  context: optional(z.array(z.int())),
});

export const EmbedRequest = z.strictObject({
  model: z.string().min(1),
  input: optional(z.union([z.string(), z.array(z.string())])),
  prompt: optional(z.string()),
  truncate: optional(z.boolean()),
  dimensions: optional(z.int().min(1)),
  options: optional(Options),
  keep_alive: z.unknown().optional(),
});
