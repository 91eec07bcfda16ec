import { z } from "@hono/zod-openapi";

export const RegistryEntrySchema = z
  .object({
    name: z.string(),
    kind: z.enum(["model", "prompt", "dataset"]),
    description: z.string().nullable(),
    tags: z.record(z.string(), z.string()),
    aliases: z.record(z.string(), z.int()),
    latestVersion: z.int().nullable(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .openapi("RegistryEntry");

export const RegistryVersionSchema = z
  .object({
    version: z.int(),
    stage: z.string(),
    description: z.string().nullable(),
    tags: z.record(z.string(), z.string()),
    source: z.string().nullable(),
    runId: z.string().nullable(),
    commit: z.string().nullable(),
    content: z.unknown().optional(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .openapi("RegistryVersion");

export const RegistryEventSchema = z
  .object({
    id: z.string(),
    version: z.int().nullable(),
    action: z.string().openapi({ description: "promoted, stage, approved, refused, comment, deployed" }),
    value: z.string().nullable(),
    comment: z.string().nullable(),
    author: z.string().nullable(),
    createdAt: z.iso.datetime(),
  })
  .openapi("RegistryEvent");

export const LineageSchema = z
  .object({
    nodes: z.array(
      z.object({
        id: z.string(),
        type: z.enum(["data", "artifact", "run", "version", "alias"]),
        label: z.string(),
        ref: z.string().nullable(),
      }),
    ),
    edges: z.array(z.object({ from: z.string(), to: z.string() })),
  })
  .openapi("Lineage");

export type RegistryVersionJson = z.infer<typeof RegistryVersionSchema>;
