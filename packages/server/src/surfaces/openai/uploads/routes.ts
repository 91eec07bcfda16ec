import { maxPartBytes } from "@loam/platform";
import { Hono } from "hono";
import type { Services } from "../../../services/services.ts";
import { projectOf } from "../wire/project.ts";
import { readForm } from "../wire/read-form.ts";
import { readJson } from "../wire/read-json.ts";
import { toPartObject, toUploadObject } from "./object.ts";
import { CompleteUpload, CreateUpload } from "./schema.ts";

export function uploadRoutes({ platform: { uploads } }: Services) {
  const app = new Hono();
  app.post("/uploads", async (c) => {
    const { filename, purpose, bytes, mime_type, expires_after } = await readJson(c, CreateUpload);
    const upload = await uploads.create(projectOf(c), {
      ...{ filename, purpose, sizeBytes: bytes, contentType: mime_type },
      expiresAfterSeconds: expires_after?.seconds,
    });
    return c.json(toUploadObject(upload));
  });
  app.post("/uploads/:id/parts", async (c) => {
    const { kept } = await readForm(c.req.raw, {
      name: "data",
      sizeBytes: maxPartBytes,
      take: async ({ content }) => await uploads.addPart(projectOf(c), c.req.param("id"), content),
      drop: async (part) => await uploads.removePart(part),
    });
    return c.json(toPartObject(kept));
  });
  app.post("/uploads/:id/complete", async (c) => {
    const { part_ids, md5 } = await readJson(c, CompleteUpload);
    const { upload, file } = await uploads.complete(projectOf(c), c.req.param("id"), { partIds: part_ids, md5 });
    return c.json(toUploadObject(upload, file));
  });
  app.post("/uploads/:id/cancel", async (c) =>
    c.json(toUploadObject(await uploads.cancel(projectOf(c), c.req.param("id")))),
  );
  return app;
}
