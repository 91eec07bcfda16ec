import { createRoute, z } from "@hono/zod-openapi";
import { ArgumentError } from "@loam/core";
import {
  binTraces,
  deleteTrace,
  deleteTraces,
  getTrace,
  heldTraces,
  holdTraces,
  LegalHoldError,
  listSessions,
  listTraces,
  restoreTraces,
  type SpanNode,
  type Trace,
  type TraceSummary,
  traceStats,
} from "@loam/observe";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";
import { body, ErrorSchema, json } from "../../schemas/error.ts";
import {
  type SpanJson,
  type TraceJson,
  TraceSchema,
  TraceSessionSchema,
  TraceStatsSchema,
  type TraceSummaryJson,
  TraceSummarySchema,
} from "../../schemas/trace.ts";

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
      feedbackMin: z.coerce.number().optional(),
      feedbackMax: z.coerce.number().optional(),
      minDurationMs: z.coerce.number().min(0).optional(),
      maxDurationMs: z.coerce.number().min(0).optional(),
      minCostUsd: z.coerce.number().min(0).optional(),
      maxCostUsd: z.coerce.number().min(0).optional(),
      deleted: z.enum(["hide", "only", "show"]).default("hide").openapi({ description: "Traces in the bin" }),
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
    .openapi(stats, async (c) => {
      await flushTraces();
      const { project, buckets, ...time } = c.req.valid("query");
      const until = time.until ?? new Date();
      const since = time.since ?? new Date(until.getTime() - 86_400_000);
      if (since >= until) throw new ArgumentError("since", since.toISOString(), `a time before ${until.toISOString()}`);
      const found = await traceStats(store, { project, since, until, buckets });
      const shown = found.buckets.map(({ start, ...rest }) => ({ ...rest, start: start.toISOString() }));
      return c.json({ ...found, buckets: shown }, 200);
    })
    .openapi(sessions, async (c) => {
      await flushTraces();
      const found = await listSessions(store, c.req.valid("query"));
      return c.json(
        found.map(({ firstAt, lastAt, ...rest }) => ({
          ...rest,
          firstAt: firstAt.toISOString(),
          lastAt: lastAt.toISOString(),
        })),
        200,
      );
    })
    .openapi(bulk, async (c) => {
      await flushTraces();
      const { ids: given, do: what } = c.req.valid("json");
      const ids = given.map((id) => id.replace(/^tr-/, "").replaceAll("-", "").toLowerCase());
      const held = what === "delete" || what === "purge" ? await heldTraces(store, ids) : [];
      return c.json({ changed: await changeTraces(store, ids, what), held }, 200);
    })
    .openapi(get, async (c) => {
      await flushTraces();
      return c.json(toTraceJson(await getTrace(store, c.req.valid("param").id)), 200);
    })
    .openapi(remove, async (c) => {
      const { id } = await getTrace(store, c.req.valid("param").id);
      if ((await heldTraces(store, [id])).length > 0) throw new LegalHoldError("trace", id);
      if (c.req.valid("query").forever === "true") await deleteTrace(store, id);
      else await binTraces(store, [id]);
      return c.json({ id }, 200);
    });
}

const remove = createRoute({
  method: "delete",
  path: "/traces/{id}",
  request: {
    params: z.object({ id: z.string() }),
    query: z.object({ forever: z.enum(["true", "false"]).default("false") }),
  },
  responses: {
    200: json(z.object({ id: z.string() }), "In the bin, or gone with its spans and judgements"),
    404: json(ErrorSchema, "No such trace"),
    409: json(ErrorSchema, "Under a legal hold"),
  },
});
const stats = createRoute({
  method: "get",
  path: "/traces/stats",
  description: "Totals and percentiles of what began in a time: over time, by model and by user.",
  request: {
    query: z.object({
      project: z.string().max(500).optional(),
      since: z.coerce.date().optional().openapi({ description: "A day before `until` when left out" }),
      until: z.coerce.date().optional().openapi({ description: "Now when left out" }),
      buckets: z.coerce.number().int().min(1).max(500).default(48),
    }),
  },
  responses: { 200: json(TraceStatsSchema, "Numbers"), 400: json(ErrorSchema, "Refused") },
});
const sessions = createRoute({
  method: "get",
  path: "/sessions",
  description: "Conversations: traces that name one session.",
  request: {
    query: z.object({
      project: z.string().max(500).optional(),
      limit: z.coerce.number().int().min(1).max(1000).default(100),
      offset: z.coerce.number().int().min(0).default(0),
    }),
  },
  responses: { 200: json(z.array(TraceSessionSchema), "The one last heard of first") },
});
const bulk = createRoute({
  method: "post",
  path: "/traces/bulk",
  description: "Bin, restore, delete for good, hold or free many traces.",
  request: body(
    z.object({
      ids: z.array(z.string().max(100)).max(10_000),
      do: z.enum(["delete", "restore", "purge", "hold", "free"]),
    }),
  ),
  responses: {
    200: json(
      z.object({ changed: z.int(), held: z.array(z.string()).openapi({ description: "Kept by a legal hold" }) }),
      "How many were changed",
    ),
    400: json(ErrorSchema, "Refused"),
  },
});

async function changeTraces(
  store: Services["store"],
  ids: string[],
  what: "delete" | "restore" | "purge" | "hold" | "free",
): Promise<number> {
  switch (what) {
    case "delete":
      return (await binTraces(store, ids)).length;
    case "restore":
      return (await restoreTraces(store, ids)).length;
    case "purge":
      return await deleteTraces(store, ids);
    default:
      return await holdTraces(store, ids, what === "hold");
  }
}

function readMetadata(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {}
  throw new ArgumentError("metadata", text, 'a JSON object, such as {"customer":"acme"}');
}

export function toSummaryJson({ startedAt, ...summary }: TraceSummary): TraceSummaryJson {
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
