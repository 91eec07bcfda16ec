import { z } from "@hono/zod-openapi";
import { BoxSchema, PlaceSchema } from "./document.ts";

const ChunkKindSchema = z.enum(["text", "figure", "table"]);

export const SearchHitSchema = z
  .object({
    chunk: z.object({
      id: z.string(),
      kind: ChunkKindSchema,
      text: z.string(),
      headings: z.array(z.string()),
      regions: z.array(z.object({ page: z.int(), box: BoxSchema })),
      figure: z.string().optional(),
    }),
    document: z.string(),
    score: z.number(),
    ranks: z.object({ vector: z.int().optional(), keyword: z.int().optional() }),
    place: PlaceSchema.optional(),
  })
  .openapi("SearchHit");

const CitationSchema = z
  .object({
    document: z.string(),
    page: z.int(),
    box: BoxSchema,
    kind: ChunkKindSchema,
    quote: z.string(),
    figure: z.string().optional(),
    place: PlaceSchema.optional(),
  })
  .openapi("Citation");

export const SentenceSchema = z
  .object({
    text: z.string(),
    citations: z.array(CitationSchema),
    unsupported: z
      .discriminatedUnion("kind", [
        z.object({ kind: z.literal("number"), value: z.number(), unit: z.string().optional() }),
        z.object({ kind: z.literal("month"), month: z.int() }),
        z.object({ kind: z.literal("name"), name: z.string() }),
        z.object({ kind: z.literal("denial") }),
        z.object({ kind: z.literal("quote"), quote: z.string() }),
        z.object({ kind: z.literal("document"), name: z.string() }),
        z.object({ kind: z.literal("citation"), number: z.int() }),
        z.object({ kind: z.literal("evidence"), number: z.int() }),
        z.object({ kind: z.literal("uncited") }),
      ])
      .optional()
      .openapi({ description: "What the sentence says and the evidence it cites does not" }),
  })
  .openapi("AnswerSentence");

const AnswerSchema = z
  .object({
    answer: z.string(),
    mode: z.enum(["generated", "extractive", "refused"]),
    sentences: z.array(SentenceSchema),
    refusal: z
      .object({
        missing: z
          .array(z.string())
          .openapi({ description: "What the question asks for and the passages do not have" }),
        nearest: z.array(z.object({ text: z.string(), citations: z.array(CitationSchema) })),
      })
      .optional()
      .openapi({ description: "With `refused`: what was missing, and the passages that came nearest" }),
    model: z.string(),
    trace: z.string().optional(),
    ms: z.number(),
    removedCitations: z.int(),
    cut: z.literal(true).optional(),
    conversation: z.string().optional(),
  })
  .openapi("Answer");

export const AnswerEventSchema = z
  .discriminatedUnion("type", [
    z.object({ type: z.literal("evidence"), hits: z.array(SearchHitSchema) }),
    z.object({ type: z.literal("delta"), text: z.string() }),
    z.object({ type: z.literal("sentence"), sentence: SentenceSchema }),
    z.object({ type: z.literal("done"), answer: AnswerSchema }),
    z.object({
      type: z.literal("error"),
      error: z.object({ message: z.string(), code: z.string().nullable() }),
    }),
  ])
  .openapi("AnswerEvent");

export const MessageSchema = z
  .object({
    role: z.enum(["user", "assistant"]),
    text: z.string(),
    answer: AnswerSchema.optional(),
    createdAt: z.iso.datetime(),
  })
  .openapi("ConversationMessage");

export type SearchHitJson = z.infer<typeof SearchHitSchema>;
export type CitationJson = z.infer<typeof CitationSchema>;
export type AnswerJson = z.infer<typeof AnswerSchema>;
export type SentenceJson = z.infer<typeof SentenceSchema>;
export type AnswerEventJson = z.infer<typeof AnswerEventSchema>;
export type MessageJson = z.infer<typeof MessageSchema>;
