import { z } from "zod";
import { FunctionDefinition } from "../chat-completions/schema.ts";
import { AttributeFilterSchema } from "../vector-stores/schema.ts";
import { optional, refusedField } from "../wire/optional.ts";
import { samplingFields, sharedFields } from "../wire/sampling-schema.ts";
import { InputItem } from "./item-schema.ts";

const { stop: _, logit_bias: __, ...sampling } = samplingFields;
const toolName = FunctionDefinition.shape.name;

const FileSearch = z.strictObject({
  type: z.literal("file_search"),
  vector_store_ids: z.array(z.string().min(1)).min(1),
  max_num_results: optional(z.int().min(1).max(50)),
  filters: optional(AttributeFilterSchema),
  ranking_options: optional(
    z.looseObject({ ranker: optional(z.string()), score_threshold: optional(z.number().min(0).max(1)) }),
  ),
});

const ResponseTool = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("function"), ...FunctionDefinition.shape }),
  z.strictObject({
    type: z.literal("custom"),
    name: toolName,
    description: optional(z.string()),
    format: optional(
      z.discriminatedUnion("type", [
        z.strictObject({ type: z.literal("text") }),
        z.strictObject({
          type: z.literal("grammar"),
          syntax: z.enum(["lark", "regex"]),
          definition: z.string().min(1),
        }),
      ]),
    ),
  }),
  FileSearch,
]);

/** Tools that OpenAI runs and this server does not, by how their names begin. */
export const hostedTools =
  /^(web_search|image_generation|computer|code_interpreter|mcp|local_shell|shell|apply_patch|tool_search|namespace|programmatic_tool)/;

const NamedTool = z.union([
  z.strictObject({ type: z.enum(["function", "custom"]), name: z.string() }),
  z.strictObject({ type: z.literal("file_search") }),
]);

const ToolChoice = z.union([
  z.enum(["none", "auto", "required"]),
  NamedTool,
  z.strictObject({
    type: z.literal("allowed_tools"),
    mode: z.enum(["auto", "required"]),
    tools: z.array(z.looseObject({ type: z.string(), name: optional(z.string()) })).min(1),
  }),
]);

const TextFormat = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text") }),
  z.strictObject({ type: z.literal("json_object") }),
  z.strictObject({
    type: z.literal("json_schema"),
    name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, "expected 1 to 64 letters, digits, underscores and dashes"),
    description: optional(z.string()),
    schema: z.record(z.string(), z.unknown()),
    strict: optional(z.boolean()),
  }),
]);

const includable = z.enum([
  "file_search_call.results",
  "web_search_call.results",
  "web_search_call.action.sources",
  "message.input_image.image_url",
  "computer_call_output.output.image_url",
  "code_interpreter_call.outputs",
  "reasoning.encrypted_content",
  "message.output_text.logprobs",
]);

/** What `POST /v1/responses` takes; what is not here is refused by its name. */
export const ResponseRequest = z.strictObject({
  ...sharedFields,
  ...sampling,
  input: optional(z.union([z.string(), z.array(InputItem)])),
  instructions: optional(z.string()),
  previous_response_id: optional(z.string()),
  conversation: optional(z.union([z.string(), z.strictObject({ id: z.string() })])),
  background: optional(z.boolean()),
  store: optional(z.boolean()),
  stream: optional(z.boolean()),
  stream_options: optional(z.strictObject({ include_obfuscation: optional(z.boolean()) })),
  max_output_tokens: optional(z.int().min(1)),
  max_tool_calls: optional(z.int().min(1)),
  text: optional(
    z.strictObject({ format: optional(TextFormat), verbosity: optional(z.enum(["low", "medium", "high"])) }),
  ),
  tools: optional(z.array(ResponseTool).max(128)),
  tool_choice: optional(ToolChoice),
  parallel_tool_calls: optional(z.boolean()),
  top_logprobs: optional(z.int().min(0).max(20)),
  truncation: optional(z.enum(["auto", "disabled"])),
  include: optional(z.array(includable)),
  prompt: refusedField("templates of prompts lie with OpenAI; write the text in `instructions` or `input`"),
  moderation: refusedField("ask a local model for a label with a strict JSON schema"),
  context_management: refusedField("compact a conversation with POST /v1/responses/compact, or use `truncation`"),
  reasoning: optional(
    z.looseObject({
      effort: optional(z.enum(["none", "minimal", "low", "medium", "high", "xhigh", "max"])),
      summary: optional(z.enum(["auto", "concise", "detailed"])),
      generate_summary: optional(z.enum(["auto", "concise", "detailed"])),
    }),
  ),
});
export type ResponseRequest = z.output<typeof ResponseRequest>;

/** What is counted: the part of a request that becomes the prompt. */
export const InputTokensRequest = ResponseRequest.pick({
  input: true,
  instructions: true,
  previous_response_id: true,
  conversation: true,
  tools: true,
  tool_choice: true,
  parallel_tool_calls: true,
  text: true,
  truncation: true,
  reasoning: true,
  chat_template_kwargs: true,
}).extend({ model: z.string().min(1), personality: optional(z.string()) });

export const CompactRequest = ResponseRequest.pick({
  input: true,
  instructions: true,
  previous_response_id: true,
  prompt_cache_key: true,
  prompt_cache_retention: true,
  prompt_cache_options: true,
  service_tier: true,
  model: true,
});
