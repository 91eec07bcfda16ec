import { createRoute, z } from "@hono/zod-openapi";
import { router } from "../router.ts";
import { ErrorSchema, json } from "../schemas/error.ts";
import { TraceSchema, TraceSummarySchema } from "../schemas/trace.ts";
import type { Services } from "../services.ts";
import { getTrace, listTraces } from "../traces.ts";

const list = createRoute({
  method: "get",
  path: "/traces",
  request: {
    query: z.object({
      limit: z.coerce.number().int().min(1).max(200).default(50),
      beforeUs: z.coerce.number().int().optional(),
      status: z.enum(["ok", "error"]).optional(),
    }),
  },
  responses: {
    200: json(
      z.object({ traces: z.array(TraceSummarySchema), nextBeforeUs: z.number().nullable() }),
      "Traces, newest first; pass `nextBeforeUs` as `beforeUs` for the next page",
    ),
  },
});
const get = createRoute({
  method: "get",
  path: "/traces/{id}",
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json(TraceSchema, "The trace with its spans"), 404: json(ErrorSchema, "No such trace") },
});

export function traceRoutes({ store }: Services) {
  return router()
    .openapi(list, async (c) => c.json(await listTraces(store.db, c.req.valid("query")), 200))
    .openapi(get, async (c) => c.json(await getTrace(store.db, c.req.valid("param").id), 200));
}
