import { z } from "zod";
import { ResponseFormat } from "../chat-completions/schema.ts";
import { MetadataField } from "../wire/metadata.ts";
import { ToolResourcesField, Tools } from "./tools.ts";

const AssistantFormat = z.union([z.literal("auto"), ResponseFormat]).nullish();

const Effort = z.enum(["none", "minimal", "low", "medium", "high", "xhigh"]).nullish();

/** What assistants and runs both say about how the model writes. */
export const writingFields = {
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  response_format: AssistantFormat,
  reasoning_effort: Effort,
};

const fields = {
  name: z.string().max(256).nullish(),
  description: z.string().max(512).nullish(),
  instructions: z.string().max(256_000).nullish(),
  tools: Tools.optional(),
  tool_resources: ToolResourcesField,
  metadata: MetadataField,
  ...writingFields,
};

export const CreateAssistant = z.strictObject({ model: z.string().min(1), ...fields });

export const UpdateAssistant = z.strictObject({ model: z.string().min(1).optional(), ...fields });
