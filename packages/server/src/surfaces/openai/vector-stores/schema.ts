import { type AttributeFilter, checkChunking, readAttributes } from "@loam/platform";
import { z } from "zod";
import { checked, MetadataField } from "../wire/metadata.ts";

const ExpiresAfter = z.strictObject({ anchor: z.literal("last_active_at"), days: z.number().int().min(1).max(365) });

const Chunking = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("auto") }),
    z.strictObject({
      type: z.literal("static"),
      static: z.strictObject({
        max_chunk_size_tokens: z.number().int().min(100).max(4096),
        chunk_overlap_tokens: z.number().int().min(0),
      }),
    }),
  ])
  .superRefine((value, context) => {
    try {
      checkChunking(value);
    } catch (error) {
      const path = ["static", "chunk_overlap_tokens"];
      context.addIssue({ code: "custom", path, message: (error as Error).message });
    }
  });

const Attributes = checked((value) => readAttributes(value)).optional();

export const CreateVectorStore = z.strictObject({
  name: z.string().max(256).nullish(),
  description: z.string().max(1024).nullish(),
  file_ids: z.array(z.string()).max(500).optional(),
  expires_after: ExpiresAfter.nullish(),
  chunking_strategy: Chunking.optional(),
  metadata: MetadataField,
});

export const UpdateVectorStore = z.strictObject({
  name: z.string().max(256).nullish(),
  expires_after: ExpiresAfter.nullish(),
  metadata: MetadataField,
});

export const CreateFile = z.strictObject({
  file_id: z.string(),
  attributes: Attributes,
  chunking_strategy: Chunking.optional(),
});

export const UpdateFile = z.strictObject({ attributes: checked((value) => readAttributes(value)) });

export const CreateFileBatch = z
  .strictObject({
    file_ids: z.array(z.string()).min(1).max(2000).optional(),
    files: z.array(CreateFile).min(1).max(2000).optional(),
    attributes: Attributes,
    chunking_strategy: Chunking.optional(),
  })
  .refine(({ file_ids, files }) => (file_ids === undefined) !== (files === undefined), {
    path: ["file_ids"],
    message: "give either `file_ids` or `files`",
  });

const Value = z.union([z.string(), z.number(), z.boolean()]);

export const AttributeFilterSchema: z.ZodType<AttributeFilter> = z.lazy(() =>
  z.discriminatedUnion("type", [
    z.strictObject({ type: z.enum(["eq", "ne", "gt", "gte", "lt", "lte"]), key: z.string(), value: Value }),
    z.strictObject({ type: z.enum(["in", "nin"]), key: z.string(), value: z.array(Value) }),
    z.strictObject({ type: z.enum(["and", "or"]), filters: z.array(AttributeFilterSchema).min(1) }),
  ]),
);

export const rankers = ["auto", "default-2024-11-15", "default_2024_08_21", "none"] as const;

const RankingOptions = z.strictObject({
  ranker: z.enum(rankers).optional(),
  score_threshold: z.number().min(0).max(1).optional(),
  hybrid_search: z
    .strictObject({ embedding_weight: z.number().min(0), text_weight: z.number().min(0) })
    .refine(({ embedding_weight, text_weight }) => embedding_weight + text_weight > 0, {
      message: "one of the weights has to be above 0",
    })
    .optional(),
});

export const Search = z.strictObject({
  query: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(32)]),
  rewrite_query: z.boolean().optional(),
  filters: AttributeFilterSchema.optional(),
  max_num_results: z.number().int().min(1).max(50).default(10),
  ranking_options: RankingOptions.optional(),
});
