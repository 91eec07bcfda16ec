import type { MessagePart, NewMessage } from "@loam/platform";
import { z } from "zod";
import { writingFields } from "../assistants/schema.ts";
import { ToolChoice, ToolResourcesField, Tools } from "../assistants/tools.ts";
import { MetadataField } from "../wire/metadata.ts";

const Detail = z.enum(["auto", "low", "high"]).optional();

const Part = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text: z.string() }),
  z.strictObject({
    type: z.literal("image_url"),
    image_url: z.strictObject({ url: z.string().min(1), detail: Detail }),
  }),
  z.strictObject({
    type: z.literal("image_file"),
    image_file: z.strictObject({ file_id: z.string(), detail: Detail }),
  }),
]);

const AttachmentTool = z.discriminatedUnion("type", [z.strictObject({ type: z.literal("file_search") })], {
  error: () => "expected the tool file_search: this server has no code interpreter",
});

export const CreateMessage = z
  .strictObject({
    role: z.enum(["user", "assistant"]),
    content: z.union([z.string().min(1).max(256_000), z.array(Part).min(1).max(100)]),
    attachments: z
      .array(z.strictObject({ file_id: z.string(), tools: z.array(AttachmentTool).optional() }))
      .max(100)
      .nullish(),
    metadata: MetadataField,
  })
  .transform(
    ({ role, content, attachments, metadata }): NewMessage => ({
      ...{ role, metadata },
      content: (typeof content === "string" ? [{ type: "text" as const, text: content }] : content).map(toPart),
      attachments: attachments?.map(({ file_id, tools = [] }) => ({ file_id, tools })),
    }),
  );

function toPart(part: z.output<typeof Part>): MessagePart {
  return part.type === "text" ? { type: "text", text: { value: part.text, annotations: [] } } : part;
}

export const CreateThread = z.strictObject({
  messages: z.array(CreateMessage).max(10_000).optional(),
  tool_resources: ToolResourcesField,
  metadata: MetadataField,
});

export const UpdateThread = z.strictObject({ tool_resources: ToolResourcesField, metadata: MetadataField });

export const OnlyMetadata = z.strictObject({ metadata: MetadataField });

const Truncation = z
  .strictObject({ type: z.enum(["auto", "last_messages"]), last_messages: z.number().int().min(1).nullish() })
  .refine(({ type, last_messages }) => type === "auto" || typeof last_messages === "number", {
    path: ["last_messages"],
    message: "expected how many messages are kept",
  });

const runFields = {
  assistant_id: z.string(),
  model: z.string().min(1).nullish(),
  instructions: z.string().max(256_000).nullish(),
  tools: Tools.nullish(),
  metadata: MetadataField,
  stream: z.boolean().nullish(),
  max_prompt_tokens: z.number().int().min(1).nullish(),
  max_completion_tokens: z.number().int().min(1).nullish(),
  truncation_strategy: Truncation.nullish(),
  tool_choice: ToolChoice,
  parallel_tool_calls: z.boolean().optional(),
  ...writingFields,
};

export const CreateRun = z.strictObject({
  ...runFields,
  additional_instructions: z.string().max(256_000).nullish(),
  additional_messages: z.array(CreateMessage).max(10_000).nullish(),
});

export const CreateThreadAndRun = z.strictObject({
  ...runFields,
  thread: CreateThread.optional(),
  tool_resources: ToolResourcesField,
});

export const SubmitToolOutputs = z.strictObject({
  tool_outputs: z
    .array(z.strictObject({ tool_call_id: z.string(), output: z.string().max(1_000_000).default("") }))
    .min(1)
    .max(256),
  stream: z.boolean().nullish(),
});
