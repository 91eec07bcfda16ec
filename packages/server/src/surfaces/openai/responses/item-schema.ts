import { z } from "zod";
import { optional } from "../wire/optional.ts";

const InputPart = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("input_text"), text: z.string() }),
  z.looseObject({
    type: z.literal("input_image"),
    image_url: optional(z.string()),
    file_id: optional(z.string()),
    detail: optional(z.string()),
  }),
  z.looseObject({
    type: z.literal("input_file"),
    file_id: optional(z.string()),
    file_data: optional(z.string()),
    file_url: optional(z.string()),
    filename: optional(z.string()),
  }),
  z.looseObject({
    type: z.literal("output_text"),
    text: z.string(),
    annotations: optional(z.array(z.looseObject({}))),
    logprobs: optional(z.array(z.unknown())),
  }),
  z.looseObject({ type: z.literal("refusal"), refusal: z.string() }),
]);

const id = optional(z.string());
const status = optional(z.string());
const output = z.union([z.string(), z.array(InputPart)]);

const MessageItem = z.looseObject({
  type: optional(z.literal("message")),
  id,
  status,
  role: z.enum(["user", "assistant", "system", "developer"]),
  content: z.union([z.string(), z.array(InputPart)]),
});

/** An item that a client sends; what a response gave comes back as it was, so more than is read may be there. */
export const InputItem = z.union([
  z.discriminatedUnion("type", [
    z.looseObject({ ...MessageItem.shape, type: z.literal("message") }),
    z.looseObject({
      type: z.literal("function_call"),
      id,
      status,
      call_id: z.string().min(1),
      name: z.string().min(1),
      arguments: z.string(),
    }),
    z.looseObject({ type: z.literal("function_call_output"), id, status, call_id: z.string().min(1), output }),
    z.looseObject({
      type: z.literal("custom_tool_call"),
      id,
      status,
      call_id: z.string().min(1),
      name: z.string().min(1),
      input: z.string(),
    }),
    z.looseObject({ type: z.literal("custom_tool_call_output"), id, status, call_id: z.string().min(1), output }),
    z.looseObject({
      type: z.literal("file_search_call"),
      id,
      status,
      queries: z.array(z.string()),
      results: optional(z.array(z.looseObject({ filename: optional(z.string()), text: optional(z.string()) }))),
    }),
    z.looseObject({
      type: z.literal("reasoning"),
      id,
      status,
      summary: z.array(z.looseObject({ text: z.string() })),
      content: optional(z.array(z.looseObject({ text: z.string() }))),
      encrypted_content: optional(z.string()),
    }),
    z.looseObject({ type: z.literal("compaction"), id, encrypted_content: z.string() }),
    z.looseObject({ type: z.literal("item_reference"), id: z.string().min(1) }),
  ]),
  MessageItem,
]);
export type InputItem = z.output<typeof InputItem>;
