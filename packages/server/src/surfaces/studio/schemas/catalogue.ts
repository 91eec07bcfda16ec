import { z } from "@hono/zod-openapi";

export const CatalogueSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    fileName: z.string(),
    items: z.int(),
    skipped: z.object({
      withoutTitle: z.int(),
      repeatedId: z.int(),
      malformed: z.int(),
      malformedLines: z.array(z.int()),
    }),
    columns: z.record(z.string(), z.array(z.string()).readonly()),
    ratings: z
      .object({
        fileName: z.string(),
        ratings: z.int(),
        readers: z.int(),
        unknownItems: z.int(),
        badRows: z.int(),
      })
      .optional(),
    embedded: z.int().openapi({ description: "Items with a vector of the embedding model in use" }),
    embedding: z
      .object({ done: z.int(), total: z.int(), error: z.string().optional() })
      .optional()
      .openapi({ description: "While the items are being embedded, or when that failed" }),
    createdAt: z.iso.datetime(),
  })
  .openapi("Catalogue");

export const FacetsSchema = z
  .object({
    languages: z.array(z.object({ name: z.string(), items: z.int() })),
    tags: z.array(z.object({ name: z.string(), items: z.int() })),
    years: z.tuple([z.int(), z.int()]).optional(),
  })
  .openapi("CatalogueFacets");

export const FeedbackKindSchema = z.enum(["like", "dislike", "seen", "clear"]);

const BookSchema = z
  .object({
    id: z.string(),
    title: z.string(),
    authors: z.array(z.string()).readonly(),
    tags: z.array(z.string()).openapi({ description: "The weightiest" }),
    language: z.string().optional(),
    year: z.int().optional(),
    rating: z.number().optional(),
    description: z.string().optional(),
  })
  .openapi("Book");

export const RecommendationSchema = z
  .object({
    row: z.int(),
    book: BookSchema,
    similarity: z.number(),
    score: z.number(),
    matches: z
      .array(z.object({ field: z.enum(["title", "author", "tag", "description", "liked"]), text: z.string() }))
      .readonly(),
    basis: z.enum(["words", "meaning", "readers", "taste", "popular", "rated", "unknown"]),
    feedback: z.enum(["like", "dislike", "seen"]).optional(),
  })
  .openapi("Recommendation");

export const FeedbackSchema = z
  .object({ book: BookSchema, kind: z.enum(["like", "dislike", "seen"]), updatedAt: z.iso.datetime() })
  .openapi("Feedback");

export const CatalogueMapSchema = z
  .object({
    rows: z.array(z.int()),
    x: z.array(z.number()),
    y: z.array(z.number()),
    titles: z.array(z.string()),
    authors: z.array(z.string()),
    ids: z.array(z.string()),
    labels: z.array(z.object({ x: z.number(), y: z.number(), text: z.string(), items: z.int() })).readonly(),
  })
  .openapi("CatalogueMap");

export type CatalogueJson = z.infer<typeof CatalogueSchema>;
export type FacetsJson = z.infer<typeof FacetsSchema>;
export type BookJson = z.infer<typeof BookSchema>;
export type RecommendationJson = z.infer<typeof RecommendationSchema>;
export type FeedbackJson = z.infer<typeof FeedbackSchema>;
export type CatalogueMapJson = z.infer<typeof CatalogueMapSchema>;
