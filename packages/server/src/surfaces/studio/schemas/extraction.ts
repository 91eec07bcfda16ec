import { z } from "@hono/zod-openapi";
import { BoxSchema, PlaceSchema } from "./document.ts";

const ValueSchema = z.union([z.string(), z.number(), z.boolean()]);

const ReviewedCellSchema = z
  .object({
    value: ValueSchema,
    confidence: z.number(),
    source: z.enum(["label", "table", "model", "person"]),
    page: z.int().optional(),
    box: BoxSchema.optional(),
    quote: z.string().optional(),
    place: PlaceSchema.optional(),
  })
  .openapi("ReviewedCell");

export const ReviewedRowSchema = z
  .object({
    document: z.string(),
    name: z.string(),
    ordinal: z.int(),
    cells: z.record(z.string(), ReviewedCellSchema),
    corrected: z.array(z.string()).openapi({ description: "Fields that a person changed" }),
    reviewed: z.boolean(),
  })
  .openapi("ReviewedRow");

export const ExtractionSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    schema: z.record(z.string(), z.unknown()),
    rows: z.enum(["documents", "records"]),
    fields: z.array(
      z.object({
        name: z.string(),
        type: z.enum(["string", "number", "integer", "boolean", "date"]),
        choices: z.array(z.string()).optional(),
        description: z.string().optional(),
      }),
    ),
    documents: z.array(z.string()),
    documentsDone: z.int(),
    rowCount: z.int(),
    reviewedCount: z.int(),
    finished: z.boolean(),
    createdAt: z.iso.datetime(),
  })
  .openapi("Extraction");

/** What a person says about a row. */
export const RowReviewSchema = z.union([
  z.strictObject({ reviewed: z.boolean() }),
  z.strictObject({
    field: z.string().min(1).max(200),
    value: z
      .union([z.string().trim().min(1).max(2000), z.number(), z.boolean(), z.null()])
      .optional()
      .openapi({ description: "null where the document states nothing; left out, what was read stands again" }),
  }),
]);

export type ExtractionJson = z.infer<typeof ExtractionSchema>;
export type ReviewedRowJson = z.infer<typeof ReviewedRowSchema>;
