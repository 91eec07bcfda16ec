import { createRoute, z } from "@hono/zod-openapi";
import { resultToCsv, resultToParquet, runSql, sqlFunctions, sqlViews } from "@loam/observe";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";
import { body, ErrorSchema, json } from "../../schemas/error.ts";

const SqlResultSchema = z
  .object({
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    rows: z.array(z.array(z.unknown())),
    truncated: z.boolean().openapi({ description: "There was more than the limits let through" }),
    ms: z.number(),
  })
  .openapi("SqlResult");
const ask = createRoute({
  method: "post",
  path: "/sql",
  description: "One `select` over the documented views, which can read nothing else and is ended when its time is up.",
  request: body(
    z.object({
      sql: z.string().min(1).max(20_000).openapi({ example: "select model, sum(cost_usd) from spans group by 1" }),
      format: z.enum(["json", "csv", "parquet"]).default("json"),
      maxRows: z.int().min(1).max(100_000).default(10_000),
      timeoutMs: z.int().min(100).max(60_000).default(10_000),
    }),
  ),
  responses: {
    200: json(SqlResultSchema, "The rows; as a file with `format`"),
    400: json(ErrorSchema, "Refused, or wrong"),
    422: json(ErrorSchema, "Took too long"),
    503: { description: "The database is away for now" },
  },
});
const views = createRoute({
  method: "get",
  path: "/sql/views",
  responses: {
    200: json(
      z.object({
        views: z.array(z.object({ name: z.string(), about: z.string(), columns: z.record(z.string(), z.string()) })),
        functions: z.array(z.string()),
      }),
      "What can be asked, and what may be called",
    ),
  },
});

/** The console for SQL. */
export function sqlRoutes({ store, flushTraces }: Services) {
  return router()
    .openapi(ask, async (c) => {
      const { sql, format, ...limits } = c.req.valid("json");
      await flushTraces();
      const from = performance.now();
      const result = await runSql(store, sql, limits);
      const attach = (type: string, ending: string) => ({
        "content-type": type,
        "content-disposition": `attachment; filename="query.${ending}"`,
        "x-truncated": String(result.truncated),
      });
      if (format === "csv") return c.body(resultToCsv(result), 200, attach("text/csv; charset=utf-8", "csv"));
      if (format === "parquet") {
        const parquet = resultToParquet(result) as Uint8Array<ArrayBuffer>;
        return c.body(parquet, 200, attach("application/vnd.apache.parquet", "parquet"));
      }
      return c.json({ ...result, ms: Math.round(performance.now() - from) }, 200);
    })
    .openapi(views, (c) =>
      c.json(
        {
          views: sqlViews.map(({ name, about, columns }) => ({ name, about, columns })),
          functions: [...sqlFunctions].sort(),
        },
        200,
      ),
    );
}
