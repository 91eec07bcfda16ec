import { createRoute, z } from "@hono/zod-openapi";
import { toErrorBody } from "../../../../http/errors.ts";
import { router } from "../../../../http/router.ts";
import { readUpload } from "../../../../http/upload.ts";
import type { Services } from "../../../../services/services.ts";
import { DocumentSchema } from "../../schemas/document.ts";
import { ErrorSchema, json } from "../../schemas/error.ts";
import { toDocumentJson } from "./documents.ts";

const UploadResultSchema = z
  .object({
    name: z.string(),
    document: DocumentSchema.optional(),
    error: ErrorSchema.shape.error.optional(),
  })
  .openapi("UploadResult");

export type UploadResultJson = z.infer<typeof UploadResultSchema>;

const upload = createRoute({
  method: "post",
  path: "/documents",
  description: "Adds the files of a multipart body. Each has a result of its own; a bad file does not stop the rest.",
  request: {
    body: {
      content: {
        "multipart/form-data": {
          schema: z.object({ file: z.array(z.string().openapi({ format: "binary" })) }).openapi("Upload"),
        },
      },
    },
  },
  responses: { 202: json(z.object({ results: z.array(UploadResultSchema) }), "Accepted durably; reading goes on") },
});

/** Files are read from the socket one by one: the body is never held as a whole. */
export function uploadRoutes({ library, watch, uploads }: Services) {
  const app = router();
  app.openAPIRegistry.registerPath(upload);
  app.post("/documents", async (c) => {
    const results: UploadResultJson[] = [];
    for await (const file of readUpload(c.req.raw, uploads)) {
      if ("error" in file) {
        results.push({ name: file.name, error: toErrorBody(file.error).body.error });
        continue;
      }
      const document = await library.enqueue(file, { signal: c.req.raw.signal });
      results.push({ name: file.name, document: toDocumentJson(document) });
      watch.wake();
    }
    return c.json({ results }, 202);
  });
  return app;
}
