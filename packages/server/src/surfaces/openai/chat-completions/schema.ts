import { z } from "zod";
import { optional } from "../wire/optional.ts";
import { samplingFields, sharedFields } from "../wire/sampling-schema.ts";
import { ChatMessage } from "./message-schema.ts";

const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, "expected 1 to 64 letters, digits, underscores and dashes");
const JsonSchema = z.record(z.string(), z.unknown());

export const FunctionDefinition = z.strictObject({
  name: toolName,
  description: optional(z.string()),
  parameters: optional(JsonSchema),
  strict: optional(z.boolean()),
});

const CustomFormat = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text") }),
  z.strictObject({
    type: z.literal("grammar"),
    grammar: z.strictObject({ syntax: z.enum(["lark", "regex"]), definition: z.string().min(1) }),
  }),
]);

const Tool = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("function"), function: FunctionDefinition }),
  z.strictObject({
    type: z.literal("custom"),
    custom: z.strictObject({ name: toolName, description: optional(z.string()), format: optional(CustomFormat) }),
  }),
]);

const NamedTool = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("function"), function: z.strictObject({ name: z.string() }) }),
  z.strictObject({ type: z.literal("custom"), custom: z.strictObject({ name: z.string() }) }),
]);

const ToolChoice = z.union([
  z.enum(["none", "auto", "required"]),
  z.discriminatedUnion("type", [
    ...NamedTool.options,
    z.strictObject({
      type: z.literal("allowed_tools"),
      allowed_tools: z.strictObject({ mode: z.enum(["auto", "required"]), tools: z.array(NamedTool).min(1) }),
    }),
  ]),
]);

export const ResponseFormat = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text") }),
  z.strictObject({ type: z.literal("json_object") }),
  z.strictObject({
    type: z.literal("json_schema"),
    json_schema: z.strictObject({
      name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, "expected 1 to 64 letters, digits, underscores and dashes"),
      description: optional(z.string()),
      schema: optional(JsonSchema),
      strict: optional(z.boolean()),
    }),
  }),
]);

/** What `POST /v1/chat/completions` takes; what is not here is refused by its name. */
export const ChatCompletionRequest = z.strictObject({
  messages: z.array(ChatMessage).min(1),
  ...sharedFields,
  ...samplingFields,
  n: optional(z.int().min(1).max(128)),
  stream: optional(z.boolean()),
  stream_options: optional(
    z.strictObject({ include_usage: optional(z.boolean()), include_obfuscation: optional(z.boolean()) }),
  ),
  max_tokens: optional(z.int().min(1)),
  max_completion_tokens: optional(z.int().min(1)),
  logprobs: optional(z.boolean()),
  top_logprobs: optional(z.int().min(0).max(20)),
  response_format: optional(ResponseFormat),
  tools: optional(z.array(Tool).max(128)),
  tool_choice: optional(ToolChoice),
  parallel_tool_calls: optional(z.boolean()),
  functions: optional(
    z
      .array(FunctionDefinition.omit({ strict: true }))
      .min(1)
      .max(128),
  ),
  function_call: optional(z.union([z.enum(["none", "auto"]), z.strictObject({ name: z.string() })])),
  reasoning_effort: optional(z.enum(["none", "minimal", "low", "medium", "high", "xhigh"])),
  verbosity: optional(z.enum(["low", "medium", "high"])),
  store: optional(z.boolean()),
  modalities: optional(z.array(z.literal("text", "expected `text`: this server does not speak"))),
  prediction: optional(z.looseObject({ type: z.literal("content") })),
});
export type ChatCompletionRequest = z.output<typeof ChatCompletionRequest>;
