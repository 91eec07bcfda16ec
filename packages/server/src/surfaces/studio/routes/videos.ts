import { createRoute, z } from "@hono/zod-openapi";
import type { StoredVideo } from "@loam/platform";
import { contactSheet, patchLatents, toFrames, toStill } from "@loam/video";
import { router } from "../../../http/router.ts";
import type { Services } from "../../../services/services.ts";
import { body, ErrorSchema, json } from "../schemas/error.ts";
import {
  LookSchema,
  NewVideoSchema,
  type VideoJson,
  type VideoModelJson,
  VideoModelSchema,
  VideoSchema,
} from "../schemas/video.ts";

/** Videos of the one who uses this Loam belong to no key. */
const project = "";
const params = z.object({ id: z.string().min(1).max(100) });
const missing = { 404: json(ErrorSchema, "No such video") };
const refused = { 400: json(ErrorSchema, "What the model cannot do, and what it can") };

const list = createRoute({
  method: "get",
  path: "/videos",
  request: {
    query: z.object({ limit: z.coerce.number().int().min(1).max(200).default(60), after: z.string().optional() }),
  },
  responses: { 200: json(z.object({ videos: z.array(VideoSchema), hasMore: z.boolean() }), "Newest first") },
});
const models = createRoute({
  method: "get",
  path: "/videos/models",
  responses: { 200: json(z.array(VideoModelSchema), "What can be asked, of which model") },
});
const create = createRoute({
  method: "post",
  path: "/videos",
  request: body(NewVideoSchema),
  responses: { 201: json(VideoSchema, "Accepted"), ...refused },
});
const get = createRoute({
  method: "get",
  path: "/videos/{id}",
  request: { params },
  responses: { 200: json(VideoSchema, "As it stands now"), ...missing },
});
const remix = createRoute({
  method: "post",
  path: "/videos/{id}/remix",
  request: { params, ...body(z.strictObject({ prompt: z.string().min(1).max(4000) })) },
  responses: { 201: json(VideoSchema, "Accepted"), ...refused, ...missing },
});
const remove = createRoute({
  method: "delete",
  path: "/videos/{id}",
  request: { params },
  responses: { 200: json(z.object({ id: z.string() }), "It is gone, with its files"), ...missing },
});
const latents = createRoute({
  method: "get",
  path: "/videos/{id}/latents",
  description: "How many numbers the model holds of each patch; the picture is at `/videos/{id}/latents.webp`.",
  request: { params },
  responses: {
    200: json(
      z.object({ valuesPerPatch: z.int(), latentsPerPatch: z.int(), patches: z.int(), frames: z.int() }),
      "Numbers",
    ),
    ...missing,
  },
});

const attention = createRoute({
  method: "get",
  path: "/videos/{id}/attention",
  description:
    "Which patches and words a patch looks at, in each block, once the clip has turned to noise up to `time`.",
  request: {
    params,
    query: z.object({ patch: z.coerce.number().int().min(0), time: z.coerce.number().min(0).max(1).default(0.7) }),
  },
  responses: { 200: json(LookSchema, "Shares that sum to 1 in each block"), ...refused, ...missing },
});

/** Clips, with what OpenAI's objects leave out: seed, guidance, steps, and how they came about. */
export function videoRoutes({ platform: { videos } }: Services) {
  return router()
    .openapi(list, async (c) => {
      const { limit, after } = c.req.valid("query");
      const page = await videos.page(project, { limit, after, order: "desc" });
      return c.json({ videos: page.data.map(toVideoJson), hasMore: page.hasMore }, 200);
    })
    .openapi(models, async (c) =>
      c.json(
        (await videos.models()).map(
          ({ name, model: { name: localModel, config, channels, patch, sizes, vocabulary } }): VideoModelJson => ({
            ...{ name, localModel, framesPerSecond: config.framesPerSecond, channels },
            patch: [patch[0], patch[1], patch[2]],
            ...{ words: [...vocabulary.words], maxWords: vocabulary.maxWords, examples: [...(config.examples ?? [])] },
            ...{ guidance: config.sampling.guidance, steps: config.sampling.steps },
            sizes: sizes.map(({ width, height, frames }) => ({
              size: `${width}x${height}`,
              seconds: `${frames / config.framesPerSecond}`,
              frames,
            })),
          }),
        ),
        200,
      ),
    )
    .openapi(create, async (c) => c.json(toVideoJson(await videos.create(project, c.req.valid("json"))), 201))
    .openapi(get, async (c) => c.json(toVideoJson(await videos.get(project, c.req.valid("param").id)), 200))
    .openapi(remix, async (c) => {
      const { id } = c.req.valid("param");
      return c.json(toVideoJson(await videos.remix(project, id, c.req.valid("json").prompt)), 201);
    })
    .openapi(remove, async (c) => {
      const { id } = c.req.valid("param");
      await videos.remove(project, id);
      return c.json({ id }, 200);
    })
    .openapi(attention, async (c) => {
      const { grid, patches, words } = await videos.look(project, c.req.valid("param").id, c.req.valid("query"));
      const short = (shares: ArrayLike<number>) => Array.from(shares, (share) => Math.round(share * 1e5) / 1e5);
      return c.json(
        {
          grid: [grid[0], grid[1], grid[2]] as [number, number, number],
          patches: patches.map(short),
          words: words.map(({ word, shares }) => ({ word, shares: short(shares) })),
        },
        200,
      );
    })
    .openapi(latents, async (c) => {
      const { model, clip } = await videos.frames(project, c.req.valid("param").id);
      const { restored: _, ...numbers } = await patchLatents(model, clip, clip.data);
      return c.json({ ...numbers, frames: clip.frames }, 200);
    });
}

/** Pictures of how a clip came about. */
export function videoPictureRoutes({ platform: { videos } }: Services) {
  const app = router();
  const picture = (bytes: Uint8Array) =>
    new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { "content-type": "image/webp" } });
  app.get("/videos/:id/film", async (c) => picture(await videos.film(project, c.req.param("id"))));
  app.get("/videos/:id/latents.webp", async (c) => {
    const { model, clip } = await videos.frames(project, c.req.param("id"));
    const { restored } = await patchLatents(model, clip, clip.data);
    const [given, back] = [toFrames(clip), toFrames({ ...clip, data: restored })];
    const sheet = contactSheet({ ...given, pictures: [...given.pictures, ...back.pictures] }, { columns: clip.frames });
    return picture(await toStill(sheet, sheet.pictures[0]!, "webp"));
  });
  return app;
}

function toVideoJson({ id, status, body: video, createdAt }: StoredVideo): VideoJson {
  const { model, localModel, prompt, size, seconds, seed, progress, remixedFrom, error, workId } = video;
  return {
    ...{ id, status: status as VideoJson["status"], model, localModel, prompt, size, seconds, seed, progress },
    ...{ guidance: video.guidance ?? null, steps: video.steps ?? null, origin: video.origin.kind },
    ...{ remixedFrom, error, workId, createdAt: createdAt.toISOString() },
  };
}
