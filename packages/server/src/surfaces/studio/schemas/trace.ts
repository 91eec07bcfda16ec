import { z } from "@hono/zod-openapi";

export const TraceSummarySchema = z
  .object({
    id: z.string(),
    name: z.string().openapi({ description: "Of the outermost span" }),
    startedAt: z.iso.datetime(),
    durationMs: z.number(),
    status: z.enum(["ok", "error"]),
    spans: z.int(),
    modelCalls: z.int(),
    inputTokens: z.int(),
    outputTokens: z.int(),
    costUsd: z.number().nullable().openapi({ description: "Of the calls with a known price; null without any" }),
    unpricedCalls: z.int(),
    models: z.array(z.string()),
  })
  .openapi("TraceSummary");

const SpanSchema = z
  .object({
    id: z.string(),
    parentId: z.string().nullable(),
    depth: z.int(),
    name: z.string(),
    kind: z.string(),
    startMs: z.number().openapi({ description: "After the start of the trace" }),
    durationMs: z.number(),
    open: z.boolean().openapi({ description: "Its end has not been told" }),
    status: z.enum(["unset", "ok", "error"]),
    statusMessage: z.string().nullable(),
    model: z.string().nullable(),
    inputTokens: z.int().nullable(),
    outputTokens: z.int().nullable(),
    costUsd: z.number().nullable(),
    provider: z.string().nullable(),
    cacheReadTokens: z.int().nullable(),
    cacheWriteTokens: z.int().nullable(),
    reasoningTokens: z.int().nullable(),
    project: z.string(),
    sessionId: z.string().nullable(),
    userId: z.string().nullable(),
    tags: z.array(z.string()).nullable(),
    metadata: z.record(z.string(), z.unknown()).nullable(),
    dialect: z.string().nullable(),
    input: z.unknown().optional(),
    output: z.unknown().optional(),
    attributes: z.record(z.string(), z.unknown()),
    events: z.array(
      z.object({ name: z.string(), atMs: z.number(), attributes: z.record(z.string(), z.unknown()).optional() }),
    ),
  })
  .openapi("Span");

export const TraceSchema = TraceSummarySchema.extend({
  tree: z.array(SpanSchema).openapi({ description: "Every span, each right after its parent" }),
}).openapi("Trace");

const totals = {
  traces: z.int(),
  errors: z.int(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  spans: z.int(),
  modelCalls: z.int(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  costUsd: z.number(),
};
export const TraceStatsSchema = z
  .object({
    totals: z.object(totals),
    buckets: z.array(z.object({ start: z.iso.datetime(), ...totals })),
    byModel: z.array(
      z.object({
        model: z.string(),
        calls: z.int(),
        errors: z.int(),
        inputTokens: z.number(),
        outputTokens: z.number(),
        costUsd: z.number(),
        p50Ms: z.number().nullable(),
        p95Ms: z.number().nullable(),
      }),
    ),
    byUser: z.array(z.object({ user: z.string(), traces: z.int(), errors: z.int() })),
  })
  .openapi("TraceStats");

export const TraceSessionSchema = z
  .object({
    id: z.string(),
    project: z.string(),
    traces: z.int(),
    errors: z.int(),
    firstAt: z.iso.datetime(),
    lastAt: z.iso.datetime(),
  })
  .openapi("TraceSession");

export type TraceSummaryJson = z.infer<typeof TraceSummarySchema>;
export type TraceJson = z.infer<typeof TraceSchema>;
export type SpanJson = z.infer<typeof SpanSchema>;
