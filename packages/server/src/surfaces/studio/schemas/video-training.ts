import { z } from "@hono/zod-openapi";
import { ErrorSchema } from "./error.ts";
import { RunSchema, SeriesSchema } from "./tune.ts";

const Shared = RunSchema.pick({
  ...{ id: true, isQueued: true, name: true, status: true, progress: true, error: true, latest: true },
  ...{ results: true, sparkline: true, createdAt: true, startedAt: true, finishedAt: true },
});

export const VideoRunSchema = Shared.extend({
  data: z.string().nullable().openapi({ description: "The kind of its data" }),
  model: z.string().nullable().openapi({ description: "The model it has made, which clips can be asked of" }),
}).openapi("VideoRun");
export type VideoRunJson = z.infer<typeof VideoRunSchema>;

export const VideoRunDetailSchema = VideoRunSchema.extend({
  recipe: z.record(z.string(), z.unknown()),
  samples: z.array(z.object({ step: z.int(), prompt: z.string(), url: z.string() })),
}).openapi("VideoRunDetail");
export type VideoRunDetailJson = z.infer<typeof VideoRunDetailSchema>;

export const VideoRunEventSchema = z
  .object({ run: VideoRunDetailSchema, series: SeriesSchema })
  .openapi("VideoRunEvent");
export type VideoRunEventJson = z.infer<typeof VideoRunEventSchema>;

export const ClipSetSchema = z
  .object({ id: z.string(), name: z.string(), clips: z.int(), description: z.string(), createdAt: z.string() })
  .openapi("ClipSet");
export const ClipSetResultSchema = z
  .object({ name: z.string(), set: ClipSetSchema.optional(), error: ErrorSchema.shape.error.optional() })
  .openapi("ClipSetResult");
export type ClipSetResultJson = z.infer<typeof ClipSetResultSchema>;

export const VideoForecastSchema = z
  .object({
    data: z.string(),
    parameters: z.number(),
    tokensPerClip: z.number(),
    tokensPerStep: z.number(),
    steps: z.int(),
    flopsPerStep: z.number(),
    memory: z.object({ weights: z.number(), activations: z.number(), process: z.number(), total: z.number() }),
  })
  .openapi("VideoForecast");
