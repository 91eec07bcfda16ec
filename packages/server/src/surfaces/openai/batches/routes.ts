import { Hono } from "hono";
import type { Services } from "../../../services/services.ts";
import { readPage, toList } from "../wire/paging.ts";
import { setPollPace } from "../wire/poll-pace.ts";
import { projectOf } from "../wire/project.ts";
import { readJson } from "../wire/read-json.ts";
import { toBatchObject } from "./object.ts";
import { CreateBatch } from "./schema.ts";

export function batchRoutes({ platform: { batches } }: Services) {
  const app = new Hono();
  app.post("/batches", async (c) => {
    const { input_file_id, endpoint, metadata, output_expires_after } = await readJson(c, CreateBatch);
    const wanted = { inputFileId: input_file_id, endpoint, metadata, outputLifeSeconds: output_expires_after?.seconds };
    return c.json(toBatchObject(await batches.create(projectOf(c), wanted)));
  });
  app.get("/batches", async (c) =>
    c.json(toList(await batches.page(projectOf(c), readPage(c.req.query(), "batches")), toBatchObject)),
  );
  app.get("/batches/:id", async (c) => {
    setPollPace(c);
    return c.json(toBatchObject(await batches.get(projectOf(c), c.req.param("id"))));
  });
  app.post("/batches/:id/cancel", async (c) =>
    c.json(toBatchObject(await batches.cancel(projectOf(c), c.req.param("id")))),
  );
  return app;
}
