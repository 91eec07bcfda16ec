import { basename, dirname } from "node:path";
import { createRoute, z } from "@hono/zod-openapi";
import { NotFoundError } from "@loam/core";
import {
  addClipSet,
  cancelTuneRun,
  deleteClipSet,
  deleteTuneRun,
  deleteVideoModel,
  listClipSets,
  resolveVideoDraft,
  resumeTuneRun,
  runKinds,
  startVideoRun,
  videoTrainingFile,
} from "@loam/finetuning";
import { getRun, listRuns, type Run, runSeries } from "@loam/observe";
import { samplePath, videoRecipeJsonSchema } from "@loam/video";
import { toErrorBody } from "../../../http/errors.ts";
import { router } from "../../../http/router.ts";
import { readUpload } from "../../../http/upload.ts";
import { toSeriesJson, toVideoRunDetailJson, toVideoRunsJson } from "../../../services/run-json.ts";
import { streamRun } from "../../../services/run-stream.ts";
import type { Services } from "../../../services/services.ts";
import { body, ErrorSchema, json } from "../schemas/error.ts";
import { SeriesSchema } from "../schemas/tune.ts";
import {
  type ClipSetResultJson,
  ClipSetResultSchema,
  ClipSetSchema,
  VideoForecastSchema,
  VideoRunDetailSchema,
  type VideoRunEventJson,
  VideoRunEventSchema,
  VideoRunSchema,
} from "../schemas/video-training.ts";

const id = { params: z.object({ id: z.string() }) };
const refused = { 400: json(ErrorSchema, "Why not"), 404: json(ErrorSchema, "No such thing") };
/** Checked against the recipe's own schema, whose messages name the field. */
const Draft = z.record(z.string(), z.unknown()).openapi("VideoRecipeDraft", {
  description: "A recipe of `loam video train`; `output` names the model, and `data` is drawn here or are the digits",
});

const schema = createRoute({
  method: "get",
  path: "/video-training/schema",
  responses: {
    200: json(
      z.object({
        recipe: z.record(z.string(), z.unknown()),
        data: z.record(z.string(), z.record(z.string(), z.unknown())),
      }),
      "JSON Schema of a recipe without its data, and of each kind of data",
    ),
  },
});
const forecast = createRoute({
  method: "post",
  path: "/video-training/forecast",
  description: "Checks a recipe and counts what it takes, without training.",
  request: body(Draft),
  responses: { 200: json(VideoForecastSchema, "Parameters, tokens, memory"), ...refused },
});
const start = createRoute({
  method: "post",
  path: "/video-training",
  request: body(Draft),
  responses: { 202: json(VideoRunSchema, "Accepted durably; a worker takes it up"), ...refused },
});
const list = createRoute({
  method: "get",
  path: "/video-training",
  responses: { 200: json(z.array(VideoRunSchema), "Newest first, at most 200") },
});
const detail = createRoute({
  method: "get",
  path: "/video-training/{id}",
  request: id,
  responses: { 200: json(VideoRunDetailSchema, "The run with its recipe and samples"), ...refused },
});
const series = createRoute({
  method: "get",
  path: "/video-training/{id}/metrics",
  request: id,
  responses: { 200: json(SeriesSchema, "Curves, thinned out"), ...refused },
});
const cancel = createRoute({
  method: "post",
  path: "/video-training/{id}/cancel",
  request: id,
  responses: { 200: json(VideoRunSchema, "Ended after a checkpoint"), ...refused },
});
const resume = createRoute({
  method: "post",
  path: "/video-training/{id}/resume",
  request: id,
  responses: { 202: json(VideoRunSchema, "In the queue again, to go on from its last checkpoint"), ...refused },
});
const remove = createRoute({
  method: "delete",
  path: "/video-training/{id}",
  request: id,
  responses: { 200: json(z.object({ id: z.string() }), "Its record is gone; its model stays"), ...refused },
});
const clipSets = createRoute({
  method: "get",
  path: "/video-training/clips",
  responses: { 200: json(z.array(ClipSetSchema), "Sets of clips to train on, newest first") },
});
const removeClipSet = createRoute({
  method: "delete",
  path: "/video-training/clips/{set}",
  request: { params: z.object({ set: z.string().max(100) }) },
  responses: { 200: json(z.object({ id: z.string() }), "It is gone; models that learned from it stay"), ...refused },
});
const addClips = createRoute({
  method: "post",
  path: "/video-training/clips",
  description: "Adds zip archives of clips with captions beside them; each has a result of its own.",
  request: {
    body: {
      content: {
        "multipart/form-data": {
          schema: z.object({ file: z.array(z.string().openapi({ format: "binary" })) }).openapi("ClipSetUpload"),
        },
      },
    },
  },
  responses: { 200: json(z.object({ results: z.array(ClipSetResultSchema) }), "Unpacked and looked at") },
});
const removeModel = createRoute({
  method: "delete",
  path: "/video-training/models/{name}",
  description: "Deletes a model that was trained here, with its checkpoints and samples; clips that it made stay.",
  request: { params: z.object({ name: z.string().min(1).max(100) }) },
  responses: { 200: json(z.object({ name: z.string() }), "It is gone, and its name is free"), ...refused },
});
const events = createRoute({
  method: "get",
  path: "/video-training/{id}/events",
  description: "The run with its curves and samples now, and again whenever it has moved on, until it has ended.",
  request: id,
  responses: {
    200: { content: { "text/event-stream": { schema: VideoRunEventSchema } }, description: "Events" },
    404: json(ErrorSchema, "No such run"),
  },
});

/** Training of video models, from the recipes of `loam video train`. */
export function videoTrainingRoutes({ store, tune: { folders }, platform: { videos } }: Services) {
  const one = async (run: Run) => (await toVideoRunsJson(store, [run]))[0]!;
  return (
    router()
      .openapi(schema, (c) =>
        c.json(
          videoRecipeJsonSchema() as {
            recipe: Record<string, unknown>;
            data: Record<string, Record<string, unknown>>;
          },
          200,
        ),
      )
      // Before the route of one training, whose id it would be taken for.
      .openapi(clipSets, async (c) => c.json(await listClipSets(folders), 200))
      .openapi(forecast, async (c) => {
        const { forecast } = await resolveVideoDraft(folders, c.req.valid("json"));
        return c.json(forecast, 200);
      })
      .openapi(start, async (c) => c.json(await one(await startVideoRun(store, folders, c.req.valid("json"))), 202))
      .openapi(list, async (c) =>
        c.json(await toVideoRunsJson(store, await listRuns(store, { kind: runKinds.video, limit: 200 })), 200),
      )
      .openapi(detail, async (c) =>
        c.json(await toVideoRunDetailJson(store, await videoRun(store, c.req.valid("param").id)), 200),
      )
      .openapi(series, async (c) => {
        const { id } = await videoRun(store, c.req.valid("param").id);
        return c.json(toSeriesJson(await runSeries(store, id, { points: 600 })), 200);
      })
      .openapi(cancel, async (c) => {
        const { id } = await videoRun(store, c.req.valid("param").id);
        return c.json(await one(await cancelTuneRun(store, id)), 200);
      })
      .openapi(resume, async (c) => {
        const { id } = await videoRun(store, c.req.valid("param").id);
        return c.json(await one(await resumeTuneRun(store, id)), 202);
      })
      .openapi(removeClipSet, async (c) => {
        const { set } = c.req.valid("param");
        await deleteClipSet(folders, set);
        return c.json({ id: set }, 200);
      })
      .openapi(removeModel, async (c) => {
        const { name } = c.req.valid("param");
        await deleteVideoModel(folders, name);
        await videos.forgetModel(name);
        return c.json({ name }, 200);
      })
      .openapi(remove, async (c) => {
        const { id } = await videoRun(store, c.req.valid("param").id);
        await deleteTuneRun(store, id);
        return c.json({ id }, 200);
      })
  );
}

/** Events, samples and uploads of trainings, which are no JSON. */
export function videoTrainingStreamRoutes({ store, uploads, tune: { folders } }: Services) {
  const app = router();
  for (const route of [events, addClips]) app.openAPIRegistry.registerPath(route);
  app.post("/video-training/clips", async (c) => {
    const results: ClipSetResultJson[] = [];
    for await (const file of readUpload(c.req.raw, uploads, { accepts: "any" })) {
      try {
        if ("error" in file) throw file.error;
        results.push({ name: file.name, set: await addClipSet(folders, file) });
      } catch (error) {
        results.push({ name: file.name, error: toErrorBody(error).body.error });
      }
    }
    return c.json({ results }, 200);
  });
  app.get("/video-training/:id/events", async (c) => {
    const { id } = await videoRun(store, c.req.param("id"));
    return streamRun(
      c,
      store,
      id,
      async (run): Promise<VideoRunEventJson> => ({
        run: await toVideoRunDetailJson(store, run),
        series: toSeriesJson(await runSeries(store, id)),
      }),
    );
  });
  app.get("/video-training/:id/samples/:step{[0-9]{1,9}}/:prompt{[0-9]{1,3}}", async (c) => {
    const { params, name } = await videoRun(store, c.req.param("id"));
    const output = String(params.output ?? "");
    // Runs of the command line wrote theirs elsewhere, a run can be logged by any client, and older ones name a path.
    const model = dirname(output) === folders.videoModels ? basename(output) : output;
    const path = samplePath(Number(c.req.param("step")), Number(c.req.param("prompt")));
    const sample = /^[^/\\]+$/.test(model) ? await videoTrainingFile(folders, model, path) : undefined;
    if (!sample) throw new NotFoundError("sample", `${name} at step ${c.req.param("step")}`);
    return new Response(sample, {
      headers: { "content-type": "image/webp", "cache-control": "private, max-age=86400" },
    });
  });
  return app;
}

async function videoRun(store: Services["store"], id: string): Promise<Run> {
  const run = await getRun(store, id);
  if (run.kind !== runKinds.video) throw new NotFoundError("training of a video model", id);
  return run;
}
