import { z } from "@hono/zod-openapi";
import { SentenceSchema } from "./answer.ts";

const PrfSchema = z.object({ precision: z.number(), recall: z.number(), f: z.number() });

const SummaryScoresSchema = z
  .object({
    scores: z.object({ rouge1: PrfSchema, rouge2: PrfSchema, rougeL: PrfSchema, bertScore: PrfSchema }),
    tokenizer: z.string(),
    bertScoreHash: z.string(),
  })
  .openapi("SummaryScores");

export const StoredSummarySchema = z
  .object({
    id: z.string(),
    document: z.string(),
    documentTitle: z.string(),
    asked: z.object({
      words: z.int(),
      language: z.string().nullable(),
      style: z.enum(["abstract", "bullets", "eli5"]),
    }),
    summary: z.string(),
    mode: z.enum(["generated", "extractive"]),
    strategy: z.enum(["whole", "map-reduce", "extractive"]),
    style: z.enum(["abstract", "bullets", "eli5"]),
    language: z.string(),
    words: z.int(),
    sentences: z.array(SentenceSchema),
    unsupported: z.int(),
    removedCitations: z.int(),
    reference: z.object({ text: z.string(), page: z.int() }).optional(),
    scores: SummaryScoresSchema.nullable(),
    model: z.string(),
    trace: z.string().optional(),
    ms: z.number(),
    createdAt: z.iso.datetime(),
  })
  .openapi("StoredSummary");

export const SummaryEventSchema = z
  .discriminatedUnion("type", [
    z.object({ type: z.literal("started"), work: z.string() }),
    z
      .object({ type: z.literal("begun") })
      .openapi({ description: "A worker has taken it up: what came before is void" }),
    z.object({ type: z.literal("progress"), done: z.int(), total: z.int().optional() }),
    z.object({ type: z.literal("delta"), text: z.string() }),
    z.object({ type: z.literal("sentence"), sentence: SentenceSchema }),
    z.object({ type: z.literal("scoring") }),
    z.object({ type: z.literal("done"), summary: StoredSummarySchema }),
    z.object({ type: z.literal("error"), error: z.object({ message: z.string(), code: z.string().nullable() }) }),
  ])
  .openapi("SummaryEvent");

export type SummaryScoresJson = z.infer<typeof SummaryScoresSchema>;
export type StoredSummaryJson = z.infer<typeof StoredSummarySchema>;
export type SummaryEventJson = z.infer<typeof SummaryEventSchema>;
