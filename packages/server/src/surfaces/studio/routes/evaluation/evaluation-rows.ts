import { createRoute, z } from "@hono/zod-openapi";
import { type Row, readRows } from "@loam/core";
import { router } from "../../../../http/router.ts";
import { withUploadedTable } from "../../../../http/uploaded-table.ts";
import type { Services } from "../../../../services/services.ts";
import { ErrorSchema, json } from "../../schemas/error.ts";

/** As many rows as a spec may hold itself. */
const mostRows = 10_000;
const mostBytes = 20 * 1024 ** 2;

const TableRowsSchema = z
  .object({
    columns: z.array(z.string()),
    rows: z.array(z.record(z.string(), z.unknown())),
    omitted: z.boolean().openapi({ description: `There are more than ${mostRows}` }),
  })
  .openapi("TableRows");

const read = createRoute({
  method: "post",
  path: "/evaluations/rows",
  description: "Reads a table as evaluations do: CSV, TSV, Excel, JSON, JSON Lines or Parquet.",
  request: {
    body: {
      content: {
        "multipart/form-data": { schema: z.object({ file: z.string().openapi({ format: "binary" }) }) },
      },
    },
  },
  responses: { 200: json(TableRowsSchema, "Its rows"), 400: json(ErrorSchema, "The file cannot be read") },
});

export function evaluationRowRoutes({ uploads }: Services) {
  const app = router();
  app.openAPIRegistry.registerPath(read);
  app.post("/evaluations/rows", (c) => {
    const limits = { ...uploads, fileSizeBytes: mostBytes };
    return withUploadedTable(c.req.raw, limits, async (path) => {
      const rows: Row[] = [];
      let omitted = false;
      for await (const { row } of readRows(path, { signal: c.req.raw.signal })) {
        omitted = rows.length >= mostRows;
        if (omitted) break;
        rows.push(row);
      }
      const columns = [...new Set(rows.slice(0, 100).flatMap((row) => Object.keys(row)))];
      return c.json({ columns, rows, omitted }, 200);
    });
  });
  return app;
}
