import { createRoute, z } from "@hono/zod-openapi";
import { parseInput } from "@loam/core";
import { adapterFiles, addDataset, getAdapter, tarOf } from "@loam/finetuning";
import { getRun, runSeries } from "@loam/observe";
import { promptTemplateNames } from "@loam/peft";
import { stream, streamSSE } from "hono/streaming";
import { toErrorBody } from "../../../../http/errors.ts";
import { jsonBody } from "../../../../http/operation-routes.ts";
import { router } from "../../../../http/router.ts";
import { readUpload } from "../../../../http/upload.ts";
import { toRunDetailJson, toSeriesJson } from "../../../../services/run-json.ts";
import { streamRun } from "../../../../services/run-stream.ts";
import type { Services } from "../../../../services/services.ts";
import { body, ErrorSchema, json } from "../../schemas/error.ts";
import { DatasetSchema, RunDetailSchema, SeriesSchema, SideBySideEventSchema } from "../../schemas/tune.ts";

const DatasetResultSchema = z
  .object({ name: z.string(), dataset: DatasetSchema.optional(), error: ErrorSchema.shape.error.optional() })
  .openapi("DatasetResult");
export type DatasetResultJson = z.infer<typeof DatasetResultSchema>;

const RunEventSchema = z.object({ run: RunDetailSchema, series: SeriesSchema }).openapi("TuneRunEvent");
export type RunEventJson = z.infer<typeof RunEventSchema>;

const upload = createRoute({
  method: "post",
  path: "/tune/datasets",
  description:
    "Adds the files of a multipart body (JSONL, JSON, CSV, TSV, Excel, Parquet, text), each with a result of its own.",
  request: {
    body: {
      content: {
        "multipart/form-data": {
          schema: z.object({ file: z.array(z.string().openapi({ format: "binary" })) }).openapi("DatasetUpload"),
        },
      },
    },
  },
  responses: { 200: json(z.object({ results: z.array(DatasetResultSchema) }), "Read through and added") },
});
const events = createRoute({
  method: "get",
  path: "/tune/runs/{id}/events",
  description: "The run with its curves now, and again whenever it has moved on, until it has ended.",
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: { content: { "text/event-stream": { schema: RunEventSchema } }, description: "Events" },
    404: json(ErrorSchema, "No such run"),
  },
});
const download = createRoute({
  method: "get",
  path: "/tune/adapters/{id}/download",
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: { content: { "application/x-tar": { schema: z.string() } }, description: "The folder as a tar archive" },
    404: json(ErrorSchema, "No such adapter"),
  },
});
const SideBySideRequest = z
  .object({
    base: z.string(),
    /** Adapters by id; null is the base as it is. */
    columns: z.array(z.string().nullable()).min(1).max(4),
    question: z.string().trim().min(1).max(8000),
    template: z.enum([...promptTemplateNames, "chat"]),
    maxNewTokens: z.int().min(1).max(2048).default(128),
    temperature: z.number().min(0).max(2).default(0),
    seed: z.int().nonnegative().optional(),
  })
  .openapi("SideBySideRequest");
const sideBySideRoute = createRoute({
  method: "post",
  path: "/tune/side-by-side",
  description: "Asks a base and adapters on it the same question. The work stops when the connection closes.",
  request: body(SideBySideRequest),
  responses: {
    200: {
      content: { "text/event-stream": { schema: SideBySideEventSchema } },
      description: "Text of each column as it comes",
    },
    400: json(ErrorSchema, "Why not"),
  },
});

/** The parts of fine-tuning that are no JSON: uploads, events, answers and downloads. */
export function tuneStreamRoutes({ store, uploads, tune: { folders, sideBySide } }: Services) {
  const app = router();
  for (const route of [upload, events, download, sideBySideRoute]) app.openAPIRegistry.registerPath(route);

  app.post("/tune/datasets", async (c) => {
    const results: DatasetResultJson[] = [];
    for await (const file of readUpload(c.req.raw, uploads, { accepts: "any" })) {
      try {
        if ("error" in file) throw file.error;
        results.push({ name: file.name, dataset: await addDataset(folders, file, { signal: c.req.raw.signal }) });
      } catch (error) {
        results.push({ name: file.name, error: toErrorBody(error).body.error });
      }
    }
    return c.json({ results }, 200);
  });

  app.get("/tune/runs/:id/events", async (c) => {
    const { id } = await getRun(store, c.req.param("id"));
    return streamRun(
      c,
      store,
      id,
      async (run): Promise<RunEventJson> => ({
        run: await toRunDetailJson(store, folders, run),
        series: toSeriesJson(await runSeries(store, id)),
      }),
    );
  });

  app.get("/tune/adapters/:id/download", async (c) => {
    const { id } = await getAdapter(folders, c.req.param("id"));
    const files = await adapterFiles(folders, id);
    c.header("Content-Type", "application/x-tar");
    c.header(
      "Content-Disposition",
      `attachment; filename="adapter.tar"; filename*=UTF-8''${encodeURIComponent(id)}.tar`,
    );
    return stream(c, async (out) => {
      for await (const part of tarOf(files)) {
        if (out.aborted) return;
        await out.write(part);
      }
    });
  });

  app.post("/tune/side-by-side", async (c) => {
    const request = parseInput(SideBySideRequest, await jsonBody(c));
    const stopped = new AbortController();
    const signal = AbortSignal.any([c.req.raw.signal, stopped.signal]);
    c.header("X-Accel-Buffering", "no");
    return streamSSE(c, async (out) => {
      out.onAbort(() => stopped.abort());
      try {
        for await (const event of sideBySide.ask(request, { signal })) {
          if (out.aborted) return;
          await out.writeSSE({ data: JSON.stringify(event) });
        }
      } catch (error) {
        // The base itself could not be had: the same answer in every column.
        const { message, code } = toErrorBody(error).body.error;
        for (const column of request.columns.keys())
          await out.writeSSE({ data: JSON.stringify({ type: "error", column, error: { message, code: code ?? "" } }) });
      }
    });
  });
  return app;
}
