import { z } from "@hono/zod-openapi";

export const TraceSummarySchema = z
  .object({
    id: z.string(),
    /** Of the root span. */
    name: z.string(),
    startedAt: z.iso.datetime(),
    durationMs: z.number().nullable(),
    status: z.enum(["unset", "ok", "error"]),
    statusMessage: z.string().optional(),
    spanCount: z.int(),
    models: z.array(z.string()),
    inputTokens: z.int().nullable(),
    outputTokens: z.int().nullable(),
    costUsd: z.number().nullable(),
    input: z.string().optional(),
  })
  .openapi("TraceSummary");

export const SpanSchema = z
  .object({
    id: z.string(),
    parentId: z.string().nullable(),
    name: z.string(),
    kind: z.string(),
    /** Milliseconds after the trace's first span began. */
    startMs: z.number(),
    durationMs: z.number().nullable(),
    status: z.enum(["unset", "ok", "error"]),
    statusMessage: z.string().optional(),
    model: z.string().optional(),
    inputTokens: z.int().nullable(),
    outputTokens: z.int().nullable(),
    costUsd: z.number().nullable(),
    input: z.unknown().optional(),
    output: z.unknown().optional(),
    attributes: z.record(z.string(), z.unknown()),
    events: z.array(
      z.object({ name: z.string(), atMs: z.number(), attributes: z.record(z.string(), z.unknown()).optional() }),
    ),
  })
  .openapi("Span");

export const TraceSchema = TraceSummarySchema.extend({ spans: z.array(SpanSchema) }).openapi("Trace");

export type TraceSummaryJson = z.infer<typeof TraceSummarySchema>;
export type TraceJson = z.infer<typeof TraceSchema>;
export type SpanJson = z.infer<typeof SpanSchema>;
