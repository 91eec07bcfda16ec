import { createRoute, z } from "@hono/zod-openapi";
import {
  type ExtractionRecord,
  extractKeptOperation,
  extractOperation,
  openExtractions,
  readExtractSchema,
  trainingRows,
  writeRows,
} from "@loam/library";
import { startWork } from "@loam/work";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";
import { body, ErrorSchema, json } from "../../schemas/error.ts";
import { type ExtractionJson, ExtractionSchema, ReviewedRowSchema, RowReviewSchema } from "../../schemas/extraction.ts";

const params = z.object({ id: z.string() });
const missing = { 404: json(ErrorSchema, "No such extraction or row") };
const startInput = extractOperation.input.extend({ name: z.string().trim().max(200).optional() });
const mediaTypes = {
  csv: "text/csv; charset=utf-8",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  parquet: "application/vnd.apache.parquet",
  json: "application/json",
  jsonl: "application/jsonl",
} as const;

const list = createRoute({
  method: "get",
  path: "/extractions",
  responses: { 200: json(z.array(ExtractionSchema), "Extractions, the latest first") },
});
const start = createRoute({
  method: "post",
  path: "/extractions",
  description:
    "Begins to read the fields of a schema from documents, as work; one that was broken off goes on. The rows are kept for review.",
  request: body(startInput),
  responses: {
    202: json(z.object({ id: z.string(), work: z.string() }), "Accepted as work"),
    400: json(ErrorSchema, "A field that does not fit"),
    404: json(ErrorSchema, "No such document"),
  },
});
const get = createRoute({
  method: "get",
  path: "/extractions/{id}",
  request: { params },
  responses: { 200: json(ExtractionSchema, "What is asked, and how far it is"), ...missing },
});
const rows = createRoute({
  method: "get",
  path: "/extractions/{id}/rows",
  request: {
    params,
    query: z.object({
      offset: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(500).default(50),
    }),
  },
  responses: { 200: json(z.array(ReviewedRowSchema), "Rows with a person's corrections over them"), ...missing },
});
const review = createRoute({
  method: "patch",
  path: "/extractions/{id}/rows/{document}/{ordinal}",
  description: "Corrects a cell, or says that a row is right. A correction counts as a review.",
  request: {
    params: params.extend({ document: z.string(), ordinal: z.coerce.number().int().min(0) }),
    ...body(RowReviewSchema),
  },
  responses: {
    200: json(ReviewedRowSchema, "The row as it stands now"),
    400: json(ErrorSchema, "A value that does not fit its field"),
    ...missing,
  },
});
const file = createRoute({
  method: "get",
  path: "/extractions/{id}/file",
  description:
    "The rows as a file. `jsonl`: reviewed documents as chat rows to train with, what a model is asked and the answer as a person left it.",
  request: { params, query: z.object({ format: z.enum(["csv", "xlsx", "parquet", "json", "jsonl"]) }) },
  responses: {
    200: { content: { "*/*": { schema: z.string().openapi({ format: "binary" }) } }, description: "The file" },
    ...missing,
  },
});
const remove = createRoute({
  method: "delete",
  path: "/extractions/{id}",
  request: { params },
  responses: { 200: json(z.object({ id: z.string(), deleted: z.literal(true) }), "Gone"), ...missing },
});

const toJson = ({ createdAt, ...record }: ExtractionRecord): ExtractionJson => ({
  ...record,
  fields: record.fields.map(({ choices, ...field }) => ({ ...field, ...(choices && { choices: [...choices] }) })),
  createdAt: createdAt.toISOString(),
});

export function extractionRoutes({ library, store }: Services) {
  const extractions = openExtractions({ store, library });
  return router()
    .openapi(list, async (c) => c.json((await extractions.list()).map(toJson), 200))
    .openapi(start, async (c) => {
      const { id, name } = await extractions.start(c.req.valid("json"));
      const work = await startWork(store, extractKeptOperation, { extraction: id }, { name, key: id });
      return c.json({ id, work: work.id }, 202);
    })
    .openapi(get, async (c) => c.json(toJson(await extractions.get(c.req.valid("param").id)), 200))
    .openapi(rows, async (c) => {
      const found = await extractions.rows(c.req.valid("param").id, c.req.valid("query"));
      return c.json(z.array(ReviewedRowSchema).parse(found), 200);
    })
    .openapi(review, async (c) => {
      const { id, ...row } = c.req.valid("param");
      return c.json(ReviewedRowSchema.parse(await extractions.review(id, row, c.req.valid("json"))), 200);
    })
    .openapi(file, async (c) => {
      const { id } = c.req.valid("param");
      const { format } = c.req.valid("query");
      const record = await extractions.get(id);
      const found = await extractions.rows(id);
      c.header("Content-Type", mediaTypes[format]);
      c.header("Content-Disposition", `attachment; filename="extraction.${format}"`);
      c.header("X-Content-Type-Options", "nosniff");
      if (format !== "jsonl") {
        const bytes = await writeRows(found, readExtractSchema(record.schema), format);
        return c.body(bytes as Uint8Array<ArrayBuffer>, 200);
      }
      const lines: string[] = [];
      for await (const line of trainingRows(library, record, found)) lines.push(line);
      return c.body(lines.join(""), 200);
    })
    .openapi(remove, async (c) => {
      const { id } = c.req.valid("param");
      await extractions.remove(id);
      return c.json({ id, deleted: true as const }, 200);
    });
}
