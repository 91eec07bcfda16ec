import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@loam/core";
import { randomVideoModel, writeVideoModel } from "@loam/video";
import type OpenAI from "openai";
import { toFile } from "openai";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openaiClient, refusal } from "../../../../test/openai-client.ts";
import { startTestServer, type TestServer } from "../../../../test/running.ts";

let server: TestServer;
let client: OpenAI;
let folder: string;
const start = async () => {
  const userFile = join(folder, "user.json");
  const load = () =>
    loadConfig({ cwd: folder, env: { LOAM_HOME: join(folder, "home"), PATH: process.env.PATH }, userFile });
  server = await startTestServer({ load, userFile });
  client = openaiClient(server);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "loam-videos-"));
  await writeVideoModel(
    join(folder, "tiny"),
    randomVideoModel({ name: "tiny", words: ["a", "red", "square", "moving", "left"] }),
  );
  const videoModels = { tiny: join(folder, "tiny"), "sora-2": join(folder, "tiny") };
  await writeFile(join(folder, "loam.config.json"), JSON.stringify({ server: { videoModels } }));
  await start();
});
afterAll(async () => {
  await server?.end();
  await rm(folder, { recursive: true, force: true });
});

const prompt = "a red square";
async function settled(id: string): Promise<OpenAI.Videos.Video> {
  for (;;) {
    const video = await client.videos.retrieve(id);
    if (video.status === "completed" || video.status === "failed") return video;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
const made = async () => settled((await client.videos.create({ prompt, model: "tiny" })).id);
const picture = async () =>
  await sharp({ create: { width: 64, height: 40, channels: 3, background: "#f00" } })
    .png()
    .toBuffer();

describe("videos", () => {
  test("a video is made, and its three files are there", async () => {
    const queued = await client.videos.create({ prompt, model: "sora-2" });
    expect(queued).toMatchObject({
      ...{ object: "video", status: "queued", progress: 0, prompt, size: "16x16", seconds: "1", model: "sora-2" },
      ...{ local_model: "tiny", completed_at: null, expires_at: null, error: null, remixed_from_video_id: null },
    });
    const early = await refusal(client.videos.downloadContent(queued.id));
    expect([400, 409]).toContain(early.status);
    const video = await settled(queued.id);
    expect(video).toMatchObject({ id: queued.id, status: "completed", progress: 100, error: null });
    expect(video.completed_at).toBeGreaterThanOrEqual(video.created_at);
    expect(video.expires_at).toBeGreaterThan(video.completed_at!);
    const file = async (variant?: "video" | "thumbnail" | "spritesheet") => {
      const response = await client.videos.downloadContent(video.id, { variant });
      return { type: response.headers.get("content-type"), bytes: Buffer.from(await response.arrayBuffer()) };
    };
    const mp4 = await file();
    expect(mp4.type).toBe("video/mp4");
    expect(mp4.bytes.toString("latin1", 4, 8)).toBe("ftyp");
    const [thumbnail, sheet] = [await file("thumbnail"), await file("spritesheet")];
    expect((await sharp(thumbnail.bytes).metadata()).format).toBe("webp");
    expect((await sharp(sheet.bytes).metadata()).format).toBe("jpeg");
    expect((await refusal(client.videos.downloadContent(video.id, { variant: "poster" as never }))).param).toBe(
      "variant",
    );
  });

  test("lists are newest first and go on behind a cursor; what is deleted is gone", async () => {
    const ids = [(await made()).id, (await made()).id, (await made()).id].reverse();
    const seen: string[] = [];
    for await (const { id } of client.videos.list({ limit: 2 })) seen.push(id);
    expect(seen.slice(0, 3)).toEqual(ids);
    expect(await client.videos.delete(ids[0]!)).toEqual({ id: ids[0], object: "video.deleted", deleted: true });
    expect((await refusal(client.videos.retrieve(ids[0]!))).status).toBe(404);
    expect((await refusal(client.videos.downloadContent(ids[0]!))).status).toBe(404);
  });

  test("a picture begins the clip: as upload, file id or data URL", async () => {
    const bytes = await picture();
    const upload = await client.videos.create({
      prompt,
      model: "tiny",
      input_reference: await toFile(bytes, "red.png"),
    });
    const file = await client.files.create({ file: await toFile(bytes, "red.png"), purpose: "vision" });
    const byId = await client.videos.create({ prompt, model: "tiny", input_reference: { file_id: file.id } });
    const image_url = `data:image/png;base64,${bytes.toString("base64")}`;
    const response = await fetch(`${server.url}/v1/videos`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ prompt, model: "tiny", input_reference: { image_url } }),
    });
    const byUrl = (await response.json()) as OpenAI.Videos.Video;
    for (const { id } of [upload, byId, byUrl]) {
      expect(await settled(id)).toMatchObject({ status: "completed" });
      const still = await client.videos.downloadContent(id, { variant: "spritesheet" });
      const { data } = await sharp(Buffer.from(await still.arrayBuffer()))
        .extract({ left: 8, top: 8, width: 1, height: 1 })
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect(data[0]!).toBeGreaterThan(200); // the first frame is the red picture
      expect(data[1]!).toBeLessThan(60);
    }
    const away = await refusal(
      client.videos.create({ prompt, model: "tiny", input_reference: { image_url: "https://example.com/a.png" } }),
    );
    expect([away.status, away.param]).toEqual([400, "input_reference.image_url"]);
    const text = await refusal(
      client.videos.create({
        prompt,
        model: "tiny",
        input_reference: await toFile(Buffer.from("no picture"), "a.png"),
      }),
    );
    expect([text.status, text.param]).toEqual([400, "input_reference"]);
  });

  test("remixes, edits and extensions are videos of their own", async () => {
    const source = await made();
    const remix = await settled((await client.videos.remix(source.id, { prompt: "a red square moving left" })).id);
    expect(remix).toMatchObject({
      status: "completed",
      remixed_from_video_id: source.id,
      prompt: "a red square moving left",
    });
    const edit = await settled((await client.videos.edit({ prompt, video: { id: source.id } })).id);
    expect(edit).toMatchObject({ status: "completed", seconds: source.seconds });
    const longer = await client.videos.extend({ prompt, seconds: "2" as never, video: { id: source.id } });
    expect(longer.seconds).toBe("3");
    expect(await settled(longer.id)).toMatchObject({ status: "completed", seconds: "3" });
    const frames = [await picture(), await picture()];
    const gif = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    const fromFile = await client.videos.edit({ prompt, video: await toFile(gif, "clip.gif", { type: "image/gif" }) });
    expect(await settled(fromFile.id)).toMatchObject({ status: "completed" });
    expect((await refusal(client.videos.edit({ prompt, video: { id: "video_none" } }))).status).toBe(400);
    expect((await refusal(client.videos.remix("video_none", { prompt }))).status).toBe(404);
  });

  test("a character is kept, and called by its name in a prompt", async () => {
    const gif = await sharp(await picture())
      .gif()
      .toBuffer();
    const character = await client.videos.createCharacter({ name: "Fox", video: await toFile(gif, "fox.gif") });
    expect(character).toMatchObject({ name: "Fox", id: expect.stringMatching(/^char_/) });
    expect(await client.videos.getCharacter(character.id!)).toEqual(character);
    const video = await client.videos.create({ prompt: "@Fox moving left", model: "tiny" });
    expect(await settled(video.id)).toMatchObject({ status: "completed", prompt: "@Fox moving left" });
    const unknown = await refusal(client.videos.create({ prompt: "@Wolf moving left", model: "tiny" }));
    expect(unknown.message).toContain("there is none");
  });

  test("a refusal names the field and what the model can do", async () => {
    const create = (fields: object) => refusal(client.videos.create({ prompt, model: "tiny", ...fields } as never));
    expect(await create({ size: "1280x720" })).toMatchObject({
      status: 400,
      param: "size",
      message: expect.stringContaining('"16x16"'),
    });
    expect(await create({ seconds: "12" })).toMatchObject({
      status: 400,
      param: "seconds",
      message: expect.stringContaining('"1"'),
    });
    expect(await create({ model: "sora-3" })).toMatchObject({ status: 404, code: "model_not_found" });
    expect(await create({ prompt: "" })).toMatchObject({ status: 400, param: "prompt" });
    expect(await create({ prompt: "a blue squar" })).toMatchObject({
      status: 400,
      param: "prompt",
      message: expect.stringContaining('did you mean "square"?'),
    });
    expect(await create({ prompt: `${"a ".repeat(3000)}` })).toMatchObject({ status: 400, param: "prompt" });
    expect(await create({ colour: "red" })).toMatchObject({ status: 400, param: "colour" });
    const broken = await fetch(`${server.url}/v1/videos`, {
      method: "POST",
      body: "{",
      headers: { "content-type": "application/json" },
    });
    expect(broken.status).toBe(400);
  });

  test("the Studio's own routes take seed, guidance and steps, and show how a clip came about", async () => {
    const post = async (path: string, fields: object) => {
      const response = await fetch(`${server.url}/api/videos${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(fields),
      });
      return { status: response.status, body: await response.json() };
    };
    const how = { prompt, model: "tiny", seed: 7, guidance: 2, steps: 3 };
    const made = await post("", how);
    expect(made).toMatchObject({ status: 201, body: { ...how, status: "queued", origin: "prompt" } });
    await settled(made.body.id);
    const picture = async (name: string) => {
      const response = await fetch(`${server.url}/api/videos/${made.body.id}/${name}`);
      return await sharp(Buffer.from(await response.arrayBuffer())).metadata();
    };
    expect(await picture("film")).toMatchObject({ width: 3 * 16, height: 2 * 16 });
    const latents = (await (await fetch(`${server.url}/api/videos/${made.body.id}/latents`)).json()) as {
      frames: number;
    };
    expect(latents).toMatchObject({ valuesPerPatch: 4 * 8 * 8 * 3, latentsPerPatch: 32 });
    expect(await picture("latents.webp")).toMatchObject({ width: 16 * latents.frames, height: 2 * 16 });
    const again = await post("", how);
    await settled(again.body.id);
    const bytes = async (id: string) =>
      Buffer.from(await (await client.videos.downloadContent(id)).arrayBuffer()).toString("base64");
    expect(await bytes(again.body.id)).toBe(await bytes(made.body.id)); // the same seed, the same clip
    expect(await post("", { ...how, stepz: 3 })).toMatchObject({ status: 400 });
    expect(await post("", { ...how, guidance: -1 })).toMatchObject({ status: 400 });
    const { videos } = (await (await fetch(`${server.url}/api/videos?limit=1`)).json()) as { videos: { id: string }[] };
    expect(videos.map(({ id }) => id)).toEqual([again.body.id]);
  });

  test("a video that was accepted is made after a restart", async () => {
    const { id } = await client.videos.create({ prompt, model: "tiny" });
    await server.close();
    await start();
    expect(await settled(id)).toMatchObject({ status: "completed" });
    const content = await client.videos.downloadContent(id);
    expect((await content.arrayBuffer()).byteLength).toBeGreaterThan(500);
    expect(await readFile(join(folder, "loam.config.json"), "utf8")).toContain("sora-2");
  });
});
