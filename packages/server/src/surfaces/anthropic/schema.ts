import { z } from "zod";
import { optional } from "../openai/wire/optional.ts";

const cached = { cache_control: z.unknown().optional() };
const TextBlock = z.looseObject({ type: z.literal("text"), text: z.string() });
const ImageBlock = z.looseObject({
  type: z.literal("image"),
  source: z.union([
    z.looseObject({ type: z.literal("base64"), media_type: z.string(), data: z.string() }),
    z.looseObject({ type: z.literal("url"), url: z.string() }),
  ]),
});

export const ContentBlock = z.discriminatedUnion("type", [
  TextBlock,
  ImageBlock,
  z.looseObject({
    type: z.literal("tool_use"),
    id: z.string().min(1),
    name: z.string().min(1),
    input: z.record(z.string(), z.unknown()),
  }),
  z.looseObject({
    type: z.literal("tool_result"),
    tool_use_id: z.string().min(1),
    content: optional(z.union([z.string(), z.array(z.discriminatedUnion("type", [TextBlock, ImageBlock]))])),
    is_error: optional(z.boolean()),
  }),
  z.looseObject({ type: z.literal("thinking"), thinking: z.string() }),
  z.looseObject({ type: z.literal("redacted_thinking"), data: z.string() }),
]);
export type ContentBlock = z.output<typeof ContentBlock>;

const Tool = z.strictObject({
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/, "expected 1 to 128 letters, digits, underscores and dashes"),
  description: optional(z.string()),
  input_schema: z.record(z.string(), z.unknown()),
  type: optional(z.literal("custom", "expected `custom`: tools that Anthropic runs are not here")),
  strict: optional(z.boolean()),
  defer_loading: z.unknown().optional(),
  eager_input_streaming: z.unknown().optional(),
  input_examples: z.unknown().optional(),
  ...cached,
});

const parallel = { disable_parallel_tool_use: optional(z.boolean()) };
const ToolChoice = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("auto"), ...parallel }),
  z.strictObject({ type: z.literal("any"), ...parallel }),
  z.strictObject({ type: z.literal("tool"), name: z.string(), ...parallel }),
  z.strictObject({ type: z.literal("none") }),
]);

const prompt = {
  model: z.string().min(1),
  messages: z
    .array(
      z.strictObject({ role: z.enum(["user", "assistant"]), content: z.union([z.string(), z.array(ContentBlock)]) }),
    )
    .min(1),
  system: optional(z.union([z.string(), z.array(TextBlock)])),
  tools: optional(z.array(Tool)),
  tool_choice: optional(ToolChoice),
  thinking: optional(z.looseObject({ type: z.enum(["enabled", "disabled", "adaptive"]) })),
  output_config: optional(
    z.looseObject({
      effort: optional(z.string()),
      format: optional(z.looseObject({ type: z.literal("json_schema"), schema: z.record(z.string(), z.unknown()) })),
    }),
  ),
  context_management: z.unknown().optional(),
  ...cached,
};

/** What `POST /v1/messages` takes. */
export const MessagesRequest = z.strictObject({
  ...prompt,
  max_tokens: z.int().min(1),
  stop_sequences: optional(z.array(z.string())),
  stream: optional(z.boolean()),
  temperature: optional(z.number().min(0).max(1)),
  top_p: optional(z.number().min(0).max(1)),
  top_k: optional(z.int().min(0)),
  metadata: optional(z.looseObject({})),
  service_tier: optional(z.string()),
  inference_geo: optional(z.string()),
});

/** What `POST /v1/messages/count_tokens` takes: a message's request, of which only the prompt counts. */
export const CountTokensRequest = MessagesRequest.extend({ max_tokens: optional(z.int().min(1)) });
export type MessagesRequest = z.output<typeof MessagesRequest>;
export type CountTokensRequest = z.output<typeof CountTokensRequest>;
