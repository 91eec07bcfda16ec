import { z } from "@hono/zod-openapi";

export const VideoSchema = z
  .object({
    id: z.string(),
    status: z.enum(["queued", "in_progress", "completed", "failed"]),
    model: z.string(),
    localModel: z.string(),
    prompt: z.string(),
    size: z.string(),
    seconds: z.string(),
    seed: z.int(),
    guidance: z.number().nullable().openapi({ description: "null: the model's own" }),
    steps: z.int().nullable().openapi({ description: "null: the model's own" }),
    progress: z.int(),
    origin: z.enum(["prompt", "picture", "change", "extension"]),
    remixedFrom: z.string().nullable(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    createdAt: z.iso.datetime(),
    workId: z.string().nullable(),
  })
  .openapi("StudioVideo");

export const VideoModelSchema = z
  .object({
    name: z.string(),
    localModel: z.string(),
    sizes: z.array(z.object({ size: z.string(), seconds: z.string(), frames: z.int() })),
    framesPerSecond: z.number(),
    patch: z.tuple([z.int(), z.int(), z.int()]).openapi({ description: "Frames, height and width of a patch" }),
    channels: z.int(),
    words: z.array(z.string()),
    maxWords: z.int(),
    examples: z.array(z.string()),
    guidance: z.number(),
    steps: z.int(),
  })
  .openapi("StudioVideoModel");

export const LookSchema = z
  .object({
    grid: z.tuple([z.int(), z.int(), z.int()]).openapi({ description: "Patches along time, height and width" }),
    patches: z.array(z.array(z.number())).openapi({ description: "By block, the share of each patch" }),
    words: z.array(z.object({ word: z.string(), shares: z.array(z.number()).openapi({ description: "By block" }) })),
  })
  .openapi("StudioVideoAttention");

export const NewVideoSchema = z
  .strictObject({
    prompt: z.string().min(1).max(4000),
    model: z.string().max(500).optional(),
    size: z.string().max(40).optional(),
    seconds: z.string().max(40).optional(),
    seed: z.int().min(0).optional(),
    guidance: z.number().min(0).max(100).optional(),
    steps: z.int().min(1).max(1000).optional(),
  })
  .openapi("NewStudioVideo");

export type VideoJson = z.infer<typeof VideoSchema>;
export type VideoModelJson = z.infer<typeof VideoModelSchema>;
export type VideoAttentionJson = z.infer<typeof LookSchema>;
