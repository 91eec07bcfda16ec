import { z } from "@hono/zod-openapi";
import { documentKinds } from "@loam/pdf";

/** PDF points, origin at the top left. */
export const BoxSchema = z
  .tuple([z.number(), z.number(), z.number(), z.number()])
  .readonly()
  .openapi("Box", { description: "[x0, y0, x1, y1] in PDF points, origin at the top left of the page as shown" });

/** In files without pages of their own: what a reader of that file would look for. */
export const PlaceSchema = z
  .object({
    part: z.string().optional().openapi({ description: "The attachment or message part" }),
    sheet: z.string().optional(),
    cells: z.string().optional().openapi({ example: "B2:D4" }),
    slide: z.int().optional(),
    headings: z.array(z.string()).optional(),
    lines: z.tuple([z.int(), z.int()]).readonly().optional(),
  })
  .openapi("Place");

const LineSchema = z.object({ text: z.string(), box: BoxSchema, place: PlaceSchema.optional() });

export const FigureSchema = z
  .object({
    id: z.string(),
    page: z.int(),
    kind: z.enum(["image", "drawing", "table"]),
    box: BoxSchema,
    label: z.string().optional(),
    caption: z.string().optional(),
    captionBox: BoxSchema.optional(),
    mentions: z.array(z.object({ page: z.int(), box: BoxSchema, text: z.string() })),
    innerText: z.string(),
    widthPx: z.number().optional(),
    heightPx: z.number().optional(),
    description: z
      .object({ text: z.string(), source: z.enum(["vision", "ocr", "text"]), model: z.string().optional() })
      .optional(),
  })
  .openapi("Figure");

export const PageSchema = z
  .object({
    number: z.int(),
    label: z.string().optional(),
    widthPt: z.number(),
    heightPt: z.number(),
    status: z.enum(["text", "ocr", "empty", "failed"]),
    reason: z.string().optional(),
    blocks: z.array(
      z.object({
        kind: z.enum(["heading", "paragraph", "list", "caption", "table", "formula", "header", "footer", "footnote"]),
        text: z.string(),
        box: BoxSchema,
        lines: z.array(LineSchema),
        level: z.int().optional(),
        rows: z.array(z.array(z.string())).optional(),
        continues: z.boolean().optional(),
      }),
    ),
    figures: z.array(FigureSchema.omit({ description: true })),
    hiddenText: z.string().optional().openapi({ description: "What the file holds and nobody sees on the page" }),
  })
  .openapi("Page");

/** What is needed to lay pages out before their text is asked for. */
export const PageSummarySchema = PageSchema.omit({ blocks: true, figures: true }).openapi("PageSummary");

export const DocumentSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    title: z.string(),
    kind: z.enum(documentKinds),
    contentHash: z.string(),
    sizeBytes: z.number(),
    pageCount: z.int(),
    status: z.enum(["queued", "reading", "ready", "failed"]),
    pagesDone: z.int(),
    pageStatuses: z.object({ text: z.int(), ocr: z.int(), empty: z.int(), failed: z.int() }),
    failedPages: z.array(z.object({ page: z.int(), reason: z.string() })),
    error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).optional(),
    createdAt: z.iso.datetime(),
  })
  .openapi("Document");

export type DocumentJson = z.infer<typeof DocumentSchema>;
export type PageJson = z.infer<typeof PageSchema>;
export type PageSummaryJson = z.infer<typeof PageSummarySchema>;
export type FigureJson = z.infer<typeof FigureSchema>;
