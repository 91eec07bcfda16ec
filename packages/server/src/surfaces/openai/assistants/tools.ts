import type { AssistantTool, ToolResources } from "@loam/platform";
import { z } from "zod";
import { FunctionDefinition } from "../chat-completions/schema.ts";
import { rankers } from "../vector-stores/schema.ts";
import { MetadataField } from "../wire/metadata.ts";

const FileSearch = z.strictObject({
  type: z.literal("file_search"),
  file_search: z
    .strictObject({
      max_num_results: z.number().int().min(1).max(50).optional(),
      ranking_options: z
        .strictObject({ ranker: z.enum(rankers).optional(), score_threshold: z.number().min(0).max(1) })
        .optional(),
    })
    .optional(),
});

const Tool = z.discriminatedUnion(
  "type",
  [z.strictObject({ type: z.literal("function"), function: FunctionDefinition }), FileSearch],
  {
    error: ({ input }) => {
      const type = (input as { type?: unknown } | undefined)?.type;
      return type === "code_interpreter"
        ? "code_interpreter is not supported by this server; give the run a function that runs the code"
        : `expected a tool of type function or file_search, not ${JSON.stringify(type)}`;
    },
  },
);

export const Tools = z
  .array(Tool)
  .max(128)
  .transform((tools) => tools as AssistantTool[]);

const VectorStoreIds = z.array(z.string()).max(1);

/** Stores may be named, or made on the way from files. */
export const ToolResourcesField = z
  .strictObject({
    code_interpreter: z.strictObject({ file_ids: z.array(z.string()).max(0).optional() }).optional(),
    file_search: z
      .strictObject({
        vector_store_ids: VectorStoreIds.optional(),
        vector_stores: z
          .array(
            z.strictObject({
              file_ids: z.array(z.string()).max(500).optional(),
              chunking_strategy: z.unknown().optional(),
              metadata: MetadataField,
            }),
          )
          .max(1)
          .optional(),
      })
      .optional(),
  })
  .nullish();

export type ToolResourcesInput = z.output<typeof ToolResourcesField>;

/** The resources as they are kept: every store under its id. */
export async function toToolResources(
  resources: ToolResourcesInput,
  makeStore: (fileIds: string[], metadata?: Record<string, string>) => Promise<string>,
): Promise<ToolResources | undefined> {
  if (!resources?.file_search) return resources ? {} : undefined;
  const { vector_store_ids = [], vector_stores = [] } = resources.file_search;
  const made: string[] = [];
  for (const { file_ids = [], metadata } of vector_stores) made.push(await makeStore(file_ids, metadata));
  return { file_search: { vector_store_ids: [...vector_store_ids, ...made] } };
}

export const ToolChoice = z
  .union([
    z.enum(["none", "auto", "required"]),
    z.strictObject({ type: z.literal("function"), function: z.strictObject({ name: z.string() }) }),
    z.strictObject({ type: z.literal("file_search") }),
  ])
  .nullish();
