import { z } from "zod";
import { optional } from "../wire/optional.ts";

const TextPart = z.looseObject({ type: z.literal("text"), text: z.string() });
const RefusalPart = z.looseObject({ type: z.literal("refusal"), refusal: z.string() });
const UserPart = z.discriminatedUnion("type", [
  TextPart,
  z.looseObject({
    type: z.literal("image_url"),
    image_url: z.strictObject({
      url: z.string().min(1),
      detail: optional(z.enum(["auto", "low", "high", "original"])),
    }),
  }),
  z.looseObject({
    type: z.literal("input_audio"),
    input_audio: z.strictObject({ data: z.string(), format: z.enum(["wav", "mp3"]) }),
  }),
  z.looseObject({
    type: z.literal("file"),
    file: z.strictObject({
      file_id: optional(z.string()),
      file_data: optional(z.string()),
      filename: optional(z.string()),
    }),
  }),
]);

const texts = z.union([z.string(), z.array(TextPart).min(1)]);
const name = optional(z.string().max(64));

const ToolCall = z.discriminatedUnion("type", [
  z.looseObject({
    id: z.string().min(1),
    type: z.literal("function"),
    function: z.looseObject({ name: z.string().min(1), arguments: z.string() }),
  }),
  z.looseObject({
    id: z.string().min(1),
    type: z.literal("custom"),
    custom: z.looseObject({ name: z.string().min(1), input: z.string() }),
  }),
]);

/** A message of a conversation. Answers are sent back as they came, so an assistant's may carry more than is read. */
export const ChatMessage = z.discriminatedUnion("role", [
  z.strictObject({ role: z.literal("developer"), content: texts, name }),
  z.strictObject({ role: z.literal("system"), content: texts, name }),
  z.strictObject({ role: z.literal("user"), content: z.union([z.string(), z.array(UserPart).min(1)]), name }),
  z.looseObject({
    role: z.literal("assistant"),
    content: optional(z.union([z.string(), z.array(z.discriminatedUnion("type", [TextPart, RefusalPart]))])),
    refusal: optional(z.string()),
    name,
    tool_calls: optional(z.array(ToolCall)),
    function_call: optional(z.looseObject({ name: z.string().min(1), arguments: z.string() })),
    reasoning_content: optional(z.string()),
  }),
  z.strictObject({ role: z.literal("tool"), content: texts, tool_call_id: z.string().min(1), name }),
  z.strictObject({ role: z.literal("function"), content: z.string().nullable(), name: z.string().min(1) }),
]);
export type ChatMessage = z.output<typeof ChatMessage>;
