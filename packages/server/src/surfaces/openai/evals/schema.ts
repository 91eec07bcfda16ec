import { Grader, TemplateMessage } from "@loam/platform";
import { z } from "zod";
import { MetadataField } from "../wire/metadata.ts";

const DataSourceConfig = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("custom"),
    item_schema: z.record(z.string(), z.unknown()),
    include_sample_schema: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal("logs"), metadata: z.record(z.string(), z.unknown()).nullish() }),
  z.strictObject({ type: z.literal("stored_completions"), metadata: z.record(z.string(), z.unknown()).nullish() }),
]);

export const CreateEval = z.strictObject({
  name: z.string().max(256).optional(),
  data_source_config: DataSourceConfig,
  testing_criteria: z.array(Grader).min(1).max(64),
  metadata: MetadataField,
});

export const UpdateEval = z.strictObject({ name: z.string().max(256).optional(), metadata: MetadataField });

const Item = z.strictObject({
  item: z.record(z.string(), z.unknown()),
  sample: z.record(z.string(), z.unknown()).optional(),
});

const Source = z.discriminatedUnion(
  "type",
  [
    z.strictObject({ type: z.literal("file_content"), content: z.array(Item).min(1) }),
    z.strictObject({ type: z.literal("file_id"), id: z.string() }),
  ],
  { error: () => "expected a source of type file_content or file_id" },
);

const sampling = z
  .strictObject({
    seed: z.number().int().nullish(),
    temperature: z.number().min(0).max(2).nullish(),
    top_p: z.number().min(0).max(1).nullish(),
    max_completion_tokens: z.number().int().min(1).nullish(),
    max_completions_tokens: z.number().int().min(1).nullish(),
    max_tokens: z.number().int().min(1).nullish(),
    reasoning_effort: z.string().nullish(),
  })
  .nullish();

const InputMessages = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("template"), template: z.array(TemplateMessage).min(1) }),
    z.strictObject({ type: z.literal("item_reference"), item_reference: z.string() }),
  ])
  .nullish();

const sampled = {
  source: Source,
  model: z.string().nullish(),
  input_messages: InputMessages,
  sampling_params: sampling,
};

export const CreateEvalRun = z.strictObject({
  name: z.string().max(256).optional(),
  data_source: z.discriminatedUnion("type", [
    z.strictObject({ type: z.literal("jsonl"), source: Source }),
    z.strictObject({ type: z.literal("completions"), ...sampled }),
    z.strictObject({ type: z.literal("responses"), ...sampled }),
  ]),
  metadata: MetadataField,
});
