import { z } from "@hono/zod-openapi";
import { extractOperation } from "@loam/library";
import { streamRoute } from "../../../../http/operation-routes.ts";
import type { Services } from "../../../../services/services.ts";
import { BoxSchema, PlaceSchema } from "../../schemas/document.ts";

const CellSchema = z
  .object({
    value: z.union([z.string(), z.number(), z.boolean()]),
    confidence: z.number(),
    source: z.enum(["label", "table", "model", "person"]),
    page: z.int(),
    box: BoxSchema,
    quote: z.string(),
    place: PlaceSchema.optional(),
  })
  .openapi("ExtractCell");

const ExtractEventSchema = z
  .discriminatedUnion("type", [
    z.object({
      type: z.literal("row"),
      row: z.object({ document: z.string(), name: z.string(), cells: z.record(z.string(), CellSchema) }),
    }),
    z.object({ type: z.literal("done"), rows: z.int() }),
    z.object({ type: z.literal("error"), error: z.object({ message: z.string(), code: z.string().nullable() }) }),
  ])
  .openapi("ExtractEvent");

export function extractRoutes({ library }: Services) {
  return streamRoute("/extract", extractOperation, library, {
    event: ExtractEventSchema,
    ready: ({ documents }) => library.expectDocuments(documents),
  });
}
