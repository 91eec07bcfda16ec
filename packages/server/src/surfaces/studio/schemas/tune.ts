import { z } from "@hono/zod-openapi";

export const BaseSchema = z
  .object({
    id: z.string(),
    source: z.enum(["home", "hub"]),
    architecture: z.string(),
    layers: z.number().optional(),
    hiddenSize: z.number().optional(),
    sizeBytes: z.number(),
    hasChatTemplate: z.boolean(),
  })
  .openapi("BaseModel");
export type BaseJson = z.infer<typeof BaseSchema>;

export const DatasetSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    sizeBytes: z.number(),
    rows: z.int(),
    skipped: z.int(),
    problems: z.array(z.object({ line: z.int(), reason: z.string() })),
    kinds: z.array(z.enum(["instruction", "chat", "completion", "text"])),
    createdAt: z.string(),
  })
  .openapi("Dataset");
export type DatasetJson = z.infer<typeof DatasetSchema>;

export const PreviewRowSchema = z
  .object({
    segments: z.array(z.object({ text: z.string(), supervised: z.boolean() })),
    tokens: z.int(),
    supervisedTokens: z.int(),
    truncatedTokens: z.int(),
  })
  .openapi("PreviewRow");
export type PreviewRowJson = z.infer<typeof PreviewRowSchema>;

export const ForecastSchema = z
  .object({
    method: z.string(),
    trainableParameters: z.number(),
    baseParameters: z.number(),
    share: z.number(),
    steps: z.int(),
    longestRow: z.int(),
    memory: z.object({
      base: z.number(),
      adapter: z.number(),
      optimiser: z.number(),
      activations: z.number(),
      process: z.number(),
      total: z.number(),
    }),
    secondsPerStep: z.number(),
    totalSeconds: z.number(),
    data: z.object({
      read: z.int(),
      kept: z.int(),
      skipped: z.int(),
      duplicates: z.int(),
      truncated: z.int(),
      unsupervised: z.int(),
    }),
    warnings: z.array(
      z.object({
        name: z.enum(["truncated", "skipped", "memory", "few_rows", "many_epochs", "long"]),
        values: z.record(z.string(), z.number()),
      }),
    ),
  })
  .openapi("TuneForecast");
export type ForecastJson = z.infer<typeof ForecastSchema>;

const RunStatusSchema = z.enum(["queued", "running", "finished", "failed", "cancelled", "interrupted"]);

export const RunSchema = z
  .object({
    id: z.string(),
    kind: z.enum(["tune", "pretrain"]),
    /** Whether it waits in this server's queue; others were started on the command line and are stopped there. */
    isQueued: z.boolean(),
    name: z.string(),
    status: RunStatusSchema,
    /** `peft_type`; null for the making of a base. */
    method: z.string().nullable(),
    quantize: z.string().nullable(),
    base: z.string().nullable(),
    dataset: z.string().nullable(),
    /** The adapter it makes or has made, when that is there. */
    adapter: z.string().nullable(),
    progress: z
      .object({
        task: z.string(),
        unit: z.string(),
        done: z.number(),
        total: z.number().optional(),
        etaMs: z.number().optional(),
        message: z.string().optional(),
      })
      .nullable(),
    error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).nullable(),
    /** The newest value of each curve. */
    latest: z.record(z.string(), z.number().nullable()),
    results: z.object({
      steps: z.number().optional(),
      trainableParameters: z.number().optional(),
      firstLoss: z.number().nullable().optional(),
      lastLoss: z.number().nullable().optional(),
      evalLoss: z.number().nullable().optional(),
      seconds: z.number().optional(),
      peakMemoryBytes: z.number().optional(),
    }),
    /** Its training loss, as a line of at most forty points. */
    sparkline: z.array(z.number().nullable()),
    createdAt: z.string(),
    startedAt: z.string().nullable(),
    finishedAt: z.string().nullable(),
  })
  .openapi("TuneRun");
export type RunJson = z.infer<typeof RunSchema>;

export const RunDetailSchema = RunSchema.extend({
  /** As it was drafted: bases, datasets and adapters by id. */
  recipe: z.record(z.string(), z.unknown()),
  samples: z.array(z.object({ step: z.int(), prompt: z.string(), text: z.string() })),
}).openapi("TuneRunDetail");
export type RunDetailJson = z.infer<typeof RunDetailSchema>;

/** Curves by key; each point is `[step, value, milliseconds since 1970]`. A value that is no number is null. */
export const SeriesSchema = z
  .record(z.string(), z.array(z.tuple([z.number(), z.number().nullable(), z.number()])))
  .openapi("TuneSeries");
export type SeriesJson = z.infer<typeof SeriesSchema>;

export const AdapterSchema = z
  .object({
    id: z.string(),
    method: z.string(),
    base: z.string().optional(),
    parameters: z.number(),
    sizeBytes: z.number(),
    createdAt: z.string(),
    /** The run that made it, and what it was trained with. */
    run: z.string().nullable(),
    template: z.string().nullable(),
    evalLoss: z.number().nullable(),
    lastLoss: z.number().nullable(),
  })
  .openapi("Adapter");
export type AdapterJson = z.infer<typeof AdapterSchema>;

export const AdapterDetailSchema = AdapterSchema.extend({
  config: z.record(z.string(), z.unknown()),
  files: z.array(z.object({ name: z.string(), sizeBytes: z.number() })),
  card: z.string().optional(),
}).openapi("AdapterDetail");
export type AdapterDetailJson = z.infer<typeof AdapterDetailSchema>;

export const SideBySideEventSchema = z
  .discriminatedUnion("type", [
    z.object({ type: z.literal("delta"), column: z.int(), text: z.string() }),
    z.object({
      type: z.literal("done"),
      column: z.int(),
      tokens: z.int(),
      seconds: z.number(),
      finishReason: z.enum(["stop", "length"]),
    }),
    z.object({
      type: z.literal("error"),
      column: z.int(),
      error: z.object({ code: z.string(), message: z.string() }),
    }),
  ])
  .openapi("SideBySideEvent");
export type SideBySideEventJson = z.infer<typeof SideBySideEventSchema>;
