import { z } from "@hono/zod-openapi";

const Value = z.union([z.number(), z.string()]).openapi({ description: "A number, or NaN, Infinity or -Infinity" });

export const ExperimentRunSchema = z
  .object({
    id: z.string(),
    externalId: z.string().nullable().openapi({ description: "The name by which its client knows it" }),
    kind: z.string().openapi({ description: "Who logged it: tune, mlflow, wandb, tensorboard, …" }),
    experiment: z.string(),
    name: z.string(),
    status: z.enum(["queued", "running", "finished", "failed", "cancelled", "interrupted"]),
    params: z.record(z.string(), z.unknown()),
    summary: z.record(z.string(), z.unknown()),
    tags: z.record(z.string(), z.string()),
    metrics: z.record(
      z.string(),
      z.object({ value: Value, step: z.number(), min: z.number().nullable(), max: z.number().nullable() }),
    ),
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().nullable(),
    finishedAt: z.iso.datetime().nullable(),
    deleted: z.boolean(),
    archived: z.boolean(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
  })
  .openapi("ExperimentRun");

export const SeriesByKeySchema = z.record(z.string(), z.array(z.tuple([z.number(), Value, z.number()])));

export const CurveSchema = z
  .object({
    run: z.string(),
    key: z.string(),
    points: z
      .array(z.tuple([z.number(), Value, z.number()]))
      .openapi({ description: "[step, value, milliseconds since 1970]" }),
    thinned: z.boolean().openapi({ description: "Points were left out; the lowest and highest of each stretch stay" }),
    min: z.number().nullable(),
    max: z.number().nullable(),
  })
  .openapi("Curve");

export const RunColumnsSchema = z
  .object({
    params: z.array(z.object({ name: z.string(), runs: z.int() })),
    metrics: z.array(z.object({ name: z.string(), runs: z.int() })),
    tags: z.array(z.object({ name: z.string(), runs: z.int() })),
  })
  .openapi("RunColumns");

export const RunMediaSchema = z
  .object({
    type: z.enum(["text", "image", "audio", "histogram", "table", "file"]),
    tag: z.string(),
    step: z.number().nullable(),
    text: z.string().optional(),
    path: z.string().optional(),
    contentType: z.string().nullable().optional(),
    sizeBytes: z.number().optional(),
  })
  .openapi("RunMedia");

export type ExperimentRunJson = z.infer<typeof ExperimentRunSchema>;
