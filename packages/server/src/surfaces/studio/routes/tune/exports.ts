import { createReadStream } from "node:fs";
import { createRoute, z } from "@hono/zod-openapi";
import {
  deleteExport,
  exportFiles,
  listExports,
  startAdapterExport,
  startMerge,
  startRecipeExport,
  tarOf,
} from "@loam/finetuning";
import { exportAdapterOperation, exportRecipeOperation, mergeOperation } from "@loam/peft";
import { stream } from "hono/streaming";
import { workRoute } from "../../../../http/operation-routes.ts";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";
import { ErrorSchema, json } from "../../schemas/error.ts";

const ExportSchema = z
  .object({ id: z.string(), form: z.enum(["gguf", "onnx", "project"]), sizeBytes: z.number(), createdAt: z.string() })
  .openapi("Export");
type ExportJson = z.infer<typeof ExportSchema>;

const byId = { params: z.object({ id: z.string() }) };
const list = createRoute({
  method: "get",
  path: "/tune/exports",
  responses: { 200: json(z.array(ExportSchema), "What was written for other programs, newest first") },
});
const remove = createRoute({
  method: "delete",
  path: "/tune/exports/{id}",
  request: byId,
  responses: { 200: json(z.object({ id: z.string() }), "It is gone"), 404: json(ErrorSchema, "No such export") },
});
const download = createRoute({
  method: "get",
  path: "/tune/exports/{id}/download",
  request: byId,
  responses: {
    200: {
      content: { "application/octet-stream": { schema: z.string() }, "application/x-tar": { schema: z.string() } },
      description: "The file; a folder as a tar archive",
    },
    404: json(ErrorSchema, "No such export"),
  },
});

/** Tuned models for other programs: merged, as GGUF or ONNX, or as a project for another engine. Writing one is work. */
export function exportRoutes({ tune: { folders } }: Services) {
  return router()
    .route(
      "/",
      workRoute("/tune/merge", mergeOperation, (input) => startMerge(folders, input)),
    )
    .route(
      "/",
      workRoute("/tune/adapter-export", exportAdapterOperation, (input) => startAdapterExport(folders, input)),
    )
    .route(
      "/",
      workRoute("/tune/recipe-export", exportRecipeOperation, (input) => startRecipeExport(folders, input)),
    )
    .openapi(list, async (c) => c.json(await listExports(folders), 200))
    .openapi(remove, async (c) => {
      const { id } = c.req.valid("param");
      await deleteExport(folders, id);
      return c.json({ id }, 200);
    });
}

export function exportDownloadRoutes({ tune: { folders } }: Services) {
  const app = router();
  app.openAPIRegistry.registerPath(download);
  app.get("/tune/exports/:id/download", async (c) => {
    const id = c.req.param("id");
    const files = await exportFiles(folders, id);
    const isFile = files.length === 1 && files[0]!.name === id;
    const name = encodeURIComponent(isFile ? id : `${id}.tar`);
    c.header("Content-Type", isFile ? "application/octet-stream" : "application/x-tar");
    c.header("Content-Disposition", `attachment; filename="export"; filename*=UTF-8''${name}`);
    return stream(c, async (out) => {
      const parts = isFile
        ? createReadStream(files[0]!.path)
        : tarOf(files.map(({ name, path }) => ({ name: `export/${name}`, path })));
      for await (const part of parts) {
        if (out.aborted) return;
        await out.write(part);
      }
    });
  });
  return app;
}
