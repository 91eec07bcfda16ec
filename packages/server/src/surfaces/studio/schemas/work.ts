import { z } from "@hono/zod-openapi";

export const WorkStatusSchema = z.enum([
  ...["queued", "running", "waiting", "interrupted"],
  ...["finished", "failed", "cancelled"],
] as const);

export const WorkSchema = z
  .object({
    id: z.string(),
    kind: z.string(),
    name: z.string(),
    status: WorkStatusSchema,
    progress: z
      .object({
        task: z.string(),
        unit: z.string(),
        done: z.number(),
        total: z.number().optional(),
        etaMs: z.number().optional(),
        label: z.string().optional(),
        message: z.string().optional(),
      })
      .nullable(),
    result: z.unknown(),
    error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).nullable(),
    parentId: z.string().nullable(),
    owner: z.string(),
    priority: z.int(),
    asked: z.enum(["cancel", "pause"]).nullable(),
    attempts: z.int(),
    /** While it waits for another attempt, or for its first. */
    notBefore: z.string().nullable(),
    lastSeq: z.int(),
    createdAt: z.string(),
    startedAt: z.string().nullable(),
    finishedAt: z.string().nullable(),
  })
  .openapi("Work");

export type WorkJson = z.infer<typeof WorkSchema>;
