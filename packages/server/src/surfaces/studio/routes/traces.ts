import { createRoute, z } from "@hono/zod-openapi";
import { ArgumentError } from "@loam/core";
import { deleteTrace, getTrace, listTraces, type SpanNode, type Trace, type TraceSummary } from "@loam/observe";
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
      project: z.string().max(500).optional(),
      session: z.string().max(500).optional(),
      user: z.string().max(500).optional(),
      kind: z.string().max(40).optional(),
      model: z.string().max(200).optional(),
      tag: z.string().max(200).optional(),
      metadata: z.string().max(2000).optional().openapi({ description: "JSON: values that a span's metadata has" }),
      feedback: z.string().max(200).optional().openapi({ description: "The name of a judgement that it has" }),
      minDurationMs: z.coerce.number().min(0).optional(),
      since: z.coerce.date().optional(),
      until: z.coerce.date().optional(),
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
      const { metadata, ...query } = c.req.valid("query");
      const traces = await listTraces(store, { ...query, metadata: metadata ? readMetadata(metadata) : undefined });
      return c.json(traces.map(toSummaryJson), 200);
    })
    .openapi(get, async (c) => {
      await flushTraces();
      return c.json(toTraceJson(await getTrace(store, c.req.valid("param").id)), 200);
    })
    .openapi(remove, async (c) => {
      const { id } = await getTrace(store, c.req.valid("param").id);
      await deleteTrace(store, id);
      return c.json({ id }, 200);
    });
}

const remove = createRoute({
  method: "delete",
  path: "/traces/{id}",
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: json(z.object({ id: z.string() }), "It is gone, with its spans and judgements"),
    404: json(ErrorSchema, "No such trace"),
  },
});

function readMetadata(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {}
  throw new ArgumentError("metadata", text, 'a JSON object, such as {"customer":"acme"}');
}

function toSummaryJson({ startedAt, ...summary }: TraceSummary): TraceSummaryJson {
  return { ...summary, startedAt: startedAt.toISOString() };
}

function toTraceJson({ roots, ...summary }: Trace): TraceJson {
  const startUs = roots[0]?.startUs ?? 0;
  const tree: SpanJson[] = [];
  // Each span right after its parent; by a list of what is still to come, since a trace may be deeper than the stack.
  const coming: [SpanNode, number][] = roots.toReversed().map((node) => [node, 0]);
  for (let next = coming.pop(); next; next = coming.pop()) {
    const [{ children, spanId, parentSpanId, traceId: _, origin: __, startUs: spanStartUs, events, ...span }, depth] =
      next;
    tree.push({
      ...span,
      id: spanId,
      parentId: parentSpanId,
      depth,
      startMs: (spanStartUs - startUs) / 1000,
      events: events.map(({ name, timeUs, attributes }) => ({ name, atMs: (timeUs - startUs) / 1000, attributes })),
    });
    for (const child of children.toReversed()) coming.push([child, depth + 1]);
  }
  return { ...toSummaryJson(summary), tree };
}
