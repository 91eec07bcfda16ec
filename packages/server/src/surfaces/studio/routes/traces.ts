import { createRoute, z } from "@hono/zod-openapi";
import { getTrace, listTraces, type SpanNode, type Trace, type TraceSummary } from "@loam/observe";
import { router } from "../../../router.ts";
import type { Services } from "../../../services.ts";
import { ErrorSchema, json } from "../schemas/error.ts";
import {
  type SpanJson,
  type TraceJson,
  TraceSchema,
  type TraceSummaryJson,
  TraceSummarySchema,
} from "../schemas/trace.ts";

const list = createRoute({
  method: "get",
  path: "/traces",
  request: {
    query: z.object({
      limit: z.coerce.number().int().min(1).max(200).default(50),
      before: z.string().optional(),
      query: z.string().max(500).optional(),
      status: z.enum(["ok", "error"]).optional(),
    }),
  },
  responses: {
    200: json(z.array(TraceSummarySchema), "Newest first; `before` with the id of the last one gives the next page"),
  },
});
const get = createRoute({
  method: "get",
  path: "/traces/{id}",
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json(TraceSchema, "The trace with its spans"), 404: json(ErrorSchema, "No such trace") },
});

export function traceRoutes({ store, flushTraces }: Services) {
  return router()
    .openapi(list, async (c) => {
      await flushTraces();
      const traces = await listTraces(store, c.req.valid("query"));
      return c.json(traces.map(toSummaryJson), 200);
    })
    .openapi(get, async (c) => {
      await flushTraces();
      return c.json(toTraceJson(await getTrace(store, c.req.valid("param").id)), 200);
    });
}

function toSummaryJson({ startedAt, ...summary }: TraceSummary): TraceSummaryJson {
  return { ...summary, startedAt: startedAt.toISOString() };
}

function toTraceJson({ roots, ...summary }: Trace): TraceJson {
  const startUs = roots[0]?.startUs ?? 0;
  const tree: SpanJson[] = [];
  const visit = (nodes: readonly SpanNode[], depth: number) => {
    for (const { children, spanId, parentSpanId, traceId: _, startUs: spanStartUs, events, ...span } of nodes) {
      tree.push({
        ...span,
        id: spanId,
        parentId: parentSpanId,
        depth,
        startMs: (spanStartUs - startUs) / 1000,
        events: events.map(({ name, timeUs, attributes }) => ({ name, atMs: (timeUs - startUs) / 1000, attributes })),
      });
      visit(children, depth + 1);
    }
  };
  visit(roots, 0);
  return { ...toSummaryJson(summary), tree };
}
