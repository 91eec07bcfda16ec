import { filePurposes } from "@loam/platform";
import { Hono } from "hono";
import { z } from "zod";
import type { Services } from "../../../services/services.ts";
import { readPage, toList } from "../wire/paging.ts";
import { projectOf } from "../wire/project.ts";
import { readForm } from "../wire/read-form.ts";
import { parseJson } from "../wire/read-json.ts";
import { toFileObject } from "./object.ts";
import { FileFields } from "./schema.ts";

const defaultFileSizeBytes = 512 * 1024 ** 2;

export function fileRoutes({ platform: { files }, uploads }: Services) {
  const app = new Hono();
  app.post("/files", async (c) => {
    const { fields, kept } = await readForm(c.req.raw, {
      name: "file",
      sizeBytes: uploads.fileSizeBytes ?? defaultFileSizeBytes,
      take: async ({ content, ...file }) => ({ ...file, staged: await files.stage(content) }),
      drop: async ({ staged }) => await files.discard(staged),
    });
    const { staged, ...file } = kept;
    try {
      const { purpose, "expires_after[seconds]": expiresAfterSeconds } = parseJson(fields, FileFields);
      return c.json(toFileObject(await files.keep(projectOf(c), staged, { ...file, purpose, expiresAfterSeconds })));
    } catch (error) {
      await files.discard(staged);
      throw error;
    }
  });
  app.get("/files", async (c) => {
    const query = c.req.query();
    const purpose = parseJson(query.purpose, z.enum(filePurposes).optional(), "purpose");
    return c.json(toList(await files.page(projectOf(c), readPage(query, "files"), { purpose }), toFileObject));
  });
  app.get("/files/:id", async (c) => c.json(toFileObject(await files.get(projectOf(c), c.req.param("id")))));
  app.delete("/files/:id", async (c) => {
    const id = c.req.param("id");
    await files.remove(projectOf(c), id);
    return c.json({ id, object: "file", deleted: true });
  });
  app.get("/files/:id/content", async (c) => {
    const file = await files.get(projectOf(c), c.req.param("id"));
    return c.body(await files.content(file), 200, {
      "content-type": "application/octet-stream",
      "content-length": String(file.body.sizeBytes),
      "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(file.body.filename)}`,
    });
  });
  return app;
}
