import { ArgumentError } from "@loam/core";
import { type VideoReference, variantOf } from "@loam/platform";
import { Hono } from "hono";
import type { z } from "zod";
import type { Services } from "../../../services/services.ts";
import { readPage, toList } from "../wire/paging.ts";
import { setPollPace } from "../wire/poll-pace.ts";
import { projectOf } from "../wire/project.ts";
import { parseJson, readJson } from "../wire/read-json.ts";
import { toCharacterObject, toVideoObject } from "./object.ts";
import { readJsonOrForm } from "./read-request.ts";
import { CreateCharacter, CreateVideo, EditVideo, ExtendVideo, RemixVideo } from "./schema.ts";

/** Videos as OpenAI had them until it switched them off. */
export function videoRoutes({ platform: { videos, files } }: Services) {
  const app = new Hono();

  app.post("/videos", async (c) => {
    const { input_reference, ...request } = parseJson(await readJsonOrForm(c.req.raw), CreateVideo);
    const picture = input_reference && (await pictureOf(projectOf(c), input_reference));
    setPollPace(c);
    return c.json(toVideoObject(await videos.create(projectOf(c), { ...request, picture })));
  });
  app.get("/videos", async (c) =>
    c.json(toList(await videos.page(projectOf(c), readPage(c.req.query(), "videos")), toVideoObject)),
  );
  app.post("/videos/edits", async (c) => {
    const { prompt, video } = parseJson(await readJsonOrForm(c.req.raw), EditVideo);
    return c.json(toVideoObject(await videos.edit(projectOf(c), toReference(video), prompt)));
  });
  app.post("/videos/extensions", async (c) => {
    const { video, ...how } = parseJson(await readJsonOrForm(c.req.raw), ExtendVideo);
    return c.json(toVideoObject(await videos.extend(projectOf(c), toReference(video), how)));
  });
  app.post("/videos/characters", async (c) => {
    const { name, video } = parseJson(await readJsonOrForm(c.req.raw), CreateCharacter);
    return c.json(toCharacterObject(await videos.createCharacter(projectOf(c), { name, bytes: video })));
  });
  app.get("/videos/characters/:id", async (c) =>
    c.json(toCharacterObject(await videos.getCharacter(projectOf(c), c.req.param("id")))),
  );
  app.get("/videos/:id", async (c) => {
    setPollPace(c);
    return c.json(toVideoObject(await videos.get(projectOf(c), c.req.param("id"))));
  });
  app.delete("/videos/:id", async (c) => {
    const id = c.req.param("id");
    await videos.remove(projectOf(c), id);
    return c.json({ id, object: "video.deleted", deleted: true });
  });
  app.post("/videos/:id/remix", async (c) => {
    const { prompt } = await readJson(c, RemixVideo);
    return c.json(toVideoObject(await videos.remix(projectOf(c), c.req.param("id"), prompt)));
  });
  app.get("/videos/:id/content", async (c) => {
    const variant = variantOf(c.req.query("variant"));
    const { bytes, contentType, filename } = await videos.content(projectOf(c), c.req.param("id"), variant);
    return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
      "content-type": contentType,
      "content-length": String(bytes.length),
      "content-disposition": `inline; filename="${filename}"`,
    });
  });

  /** The bytes of a picture: as they were sent, from a file, or from a data URL. */
  async function pictureOf(
    project: string,
    reference: NonNullable<z.output<typeof CreateVideo>["input_reference"]>,
  ): Promise<Uint8Array> {
    if (reference instanceof Uint8Array) return reference;
    const { file_id, image_url } = reference;
    if ((file_id === undefined) === (image_url === undefined))
      throw new ArgumentError("input_reference", JSON.stringify(reference), "either `file_id` or `image_url`");
    if (file_id !== undefined) {
      const file = await files.getFor(project, file_id, { name: "input_reference.file_id" });
      return new Uint8Array(await new Response(await files.content(file)).arrayBuffer());
    }
    const data = /^data:image\/[\w.+-]+;base64,([\w+/=\s]+)$/.exec(image_url!)?.[1];
    if (data === undefined)
      throw new ArgumentError(
        "input_reference.image_url",
        image_url!.slice(0, 60),
        "a data URL, `data:image/png;base64,…`",
        "this server fetches nothing from outside: send the bytes, or upload a file and give its id",
      );
    return Buffer.from(data, "base64");
  }

  return app;
}

const toReference = (video: { id: string } | Uint8Array): VideoReference =>
  video instanceof Uint8Array ? { bytes: video } : video;
