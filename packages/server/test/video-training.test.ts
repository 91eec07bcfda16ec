import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer as bytesOf } from "node:stream/consumers";
import { loadConfig } from "@loam/core";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ZipFile } from "yazl";
import type { VideoRunDetailJson, VideoRunEventJson } from "../src/index.ts";
import { startTestServer, type TestServer } from "./running.ts";

let server: TestServer;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "loam-video-training-"));
  const env = { LOAM_HOME: join(folder, "home"), PATH: process.env.PATH };
  const userFile = join(folder, "user.json");
  server = await startTestServer({ load: () => loadConfig({ cwd: folder, env, userFile }), userFile });
});
afterAll(async () => {
  await server?.end();
  await rm(folder, { recursive: true, force: true });
});

const recipe = {
  data: {
    kind: "caption-world",
    sizes: [{ frames: 4, height: 16, width: 16 }],
    thing_size: 6,
    start_grid: 4,
    languages: ["en"],
  },
  model: { patch: [4, 8, 8], hidden: 16, depth: 1, heads: 1, text_dim: 8 },
  sampling: { steps: 2 },
  steps: 4,
  batch_size: 2,
  sample_every_steps: 2,
  sample_prompts: ["a red circle moving left at night"],
};
const ask = async (method: string, path: string, body?: unknown) => {
  const response = await fetch(`${server.url}/api/video-training${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  // biome-ignore lint/suspicious/noExplicitAny: each answer is its own
  return { status: response.status, json: (await response.json()) as any };
};
const statusOf = async (id: string) => (await ask("GET", `/${id}`)).json.status as string;

test("a recipe is counted, trained, shows samples on the way, and its model makes clips", async () => {
  const counted = await ask("POST", "/forecast", { ...recipe, output: "world" });
  expect(counted).toMatchObject({ status: 200, json: { steps: 4, tokensPerClip: 4, tokensPerStep: 8 } });
  const started = await ask("POST", "", { ...recipe, output: "world" });
  expect(started).toMatchObject({ status: 202, json: { name: "world", data: "caption-world", model: null } });
  const { id } = started.json;
  const events = await fetch(`${server.url}/api/video-training/${id}/events`);
  const told = (await events.text()).match(/^data: (\{"run".*)$/gm)!.map((line) => JSON.parse(line.slice(6)));
  const { run, series } = told.at(-1) as VideoRunEventJson;
  expect(run).toMatchObject({ status: "finished", model: "world", recipe: { output: "world", steps: 4 } });
  expect(series["train/loss"]).toHaveLength(4);
  const { samples } = run as VideoRunDetailJson;
  expect(samples.map(({ step, prompt }) => [step, prompt])).toEqual([2, 4].map((s) => [s, recipe.sample_prompts[0]]));
  const clip = await fetch(server.url + samples[1]!.url);
  const { format, pages, width } = await sharp(Buffer.from(await clip.arrayBuffer())).metadata();
  expect({ format, pages, width }).toEqual({ format: "webp", pages: 4, width: 128 });
  expect((await fetch(`${server.url}/api/video-training/${id}/samples/3/0`)).status).toBe(404);
  const models = (await (await fetch(`${server.url}/api/videos/models`)).json()) as { name: string }[];
  expect(models.map(({ name }) => name)).toContain("world");
  const again = await ask("POST", "", { ...recipe, output: "world" });
  expect([again.status, again.json.error.code]).toEqual([400, "name_taken"]);

  // A clip is asked of it, so that it is open when it goes.
  const look = async (path: string) => (await fetch(`${server.url}/api${path}`)).json() as Promise<{ status: string }>;
  const made = await fetch(`${server.url}/api/videos`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ prompt: recipe.sample_prompts[0], model: "world" }),
  });
  const { id: video } = (await made.json()) as { id: string };
  await expect.poll(async () => (await look(`/videos/${video}`)).status, { timeout: 30_000 }).toBe("completed");
  expect(await ask("DELETE", "/models/world")).toMatchObject({ status: 200, json: { name: "world" } });
  const left = (await (await fetch(`${server.url}/api/videos/models`)).json()) as { name: string }[];
  expect(left.map(({ name }) => name)).not.toContain("world");
  expect((await fetch(`${server.url}/v1/videos/${video}/content`)).status).toBe(200); // what it made stays
  expect((await ask("GET", `/${id}`)).json).toMatchObject({ status: "finished", model: null });
  for (const [name, code] of [
    ["world", "not_found"],
    ["moving-digits", "not_found"],
    ["..%2F..%2Fetc", "bad_name"],
  ])
    expect((await ask("DELETE", `/models/${name}`)).json.error.code).toBe(code);
  expect((await ask("POST", "", { ...recipe, steps: 1, output: "world" })).status).toBe(202); // its name is free
});

test("a training is stopped, goes on from its checkpoint, and its record is deleted", async () => {
  const long = { ...recipe, steps: 100_000, sample_every_steps: undefined, output: "long" };
  const { id } = (await ask("POST", "", long)).json;
  await expect.poll(() => statusOf(id), { timeout: 30_000 }).toBe("running");
  const steps = async () => (await ask("GET", `/${id}/metrics`)).json["train/loss"]?.length ?? 0;
  await expect.poll(steps, { timeout: 30_000 }).toBeGreaterThan(3);
  expect((await ask("DELETE", `/${id}`)).json.error.code).toBe("still_running");
  expect((await ask("DELETE", "/models/long")).json.error.code).toBe("still_running");
  expect((await ask("POST", `/${id}/cancel`)).json.status).toBe("cancelled");
  expect((await ask("POST", `/${id}/resume`)).json.status).toBe("queued");
  await expect.poll(() => statusOf(id), { timeout: 30_000 }).toBe("running");
  const before = await steps();
  await expect.poll(steps, { timeout: 30_000 }).toBeGreaterThan(before);
  await ask("POST", `/${id}/cancel`);
  await expect.poll(async () => (await ask("DELETE", `/${id}`)).status, { timeout: 30_000 }).toBe(200);
  expect((await ask("GET", `/${id}`)).status).toBe(404);
});

test("an archive of clips with captions is added, counted, trained on and deleted", async () => {
  const frame = (red: number) =>
    sharp({ create: { width: 16, height: 16, channels: 3, background: { r: red, g: 0, b: 0 } } })
      .png()
      .toBuffer();
  const send = async (files: Record<string, Uint8Array | string>) => {
    const zip = new ZipFile();
    for (const [name, data] of Object.entries(files)) zip.addBuffer(Buffer.from(data), name);
    zip.end();
    const body = new FormData();
    body.append("file", new Blob([await bytesOf(zip.outputStream)]), "clips.zip");
    const response = await fetch(`${server.url}/api/video-training/clips`, { method: "POST", body });
    // biome-ignore lint/suspicious/noExplicitAny: as above
    return ((await response.json()) as any).results[0];
  };
  const { set } = await send({
    "mine/dark.png": await frame(40),
    "mine/dark.txt": "a dark wall",
    "mine/bright.png": await frame(250),
    "mine/metadata.jsonl": '{"file_name": "bright.png", "text": "a bright wall"}\n',
    "mine/alone.png": await frame(1),
    "mine/notes.pdf": "left alone",
    "__MACOSX/mine/._dark.png": "x",
  });
  expect(set).toMatchObject({ name: "clips.zip", clips: 2 });
  expect(set.description).toBe("2 clips from clips.zip; 1 without a caption were left out");
  const own = {
    ...recipe,
    data: { kind: "folder", path: set.id, size: recipe.data.sizes[0] },
    ...{ output: "walls", steps: 2, sample_prompts: ["a bright wall"] },
  };
  expect((await ask("POST", "/forecast", own)).json).toMatchObject({ data: set.description, tokensPerClip: 4 });
  const { id } = (await ask("POST", "", own)).json;
  await expect.poll(() => statusOf(id), { timeout: 30_000 }).toBe("finished");
  expect((await ask("GET", `/${id}`)).json.recipe.data.path).toBe(set.id); // no folder of this machine
  expect((await ask("GET", "/clips")).json.map((one: { id: string }) => one.id)).toEqual([set.id]);

  for (const [files, code] of [
    [{ "a.png": await frame(1) }, "no_clips"],
    [{ "a.png": "no picture", "a.txt": "a" }, "bad_clip"],
    [{ "a.pdf": "x" }, "no_clips"],
  ] as const)
    expect((await send(files)).error?.code, JSON.stringify(Object.keys(files))).toBe(code);
  // A name that leads out of the folder, of the same length as one that yazl lets pass.
  const evil = new ZipFile();
  evil.addBuffer(Buffer.from("x"), "ab/cd/evil.txt");
  evil.end();
  const named = (await bytesOf(evil.outputStream)).toString("latin1").replaceAll("ab/cd/evil.txt", "../../evil.txt");
  const body = new FormData();
  body.append("file", new Blob([Buffer.from(named, "latin1")]), "evil.zip");
  const answer = await fetch(`${server.url}/api/video-training/clips`, { method: "POST", body });
  expect((await answer.json()).results[0].error.code).toBe("invalid_file");
  expect((await ask("DELETE", `/clips/${set.id}`)).status).toBe(200);
  expect((await ask("DELETE", `/clips/${set.id}`)).json.error.code).toBe("not_found");
  expect((await ask("POST", "/forecast", own)).json.error.code).toBe("not_found");
});

test.each([
  ["a folder", { data: { kind: "folder", path: "/etc", size: { frames: 1, height: 8, width: 8 } } }, "data.path"],
  ["a path", { data: { kind: "moving-digits", images: "/etc/passwd" } }, "data.images"],
  ["no end of blocks", { model: { ...recipe.model, depth: 1e9 } }, "model.depth"],
  ["a width that heads do not divide", { model: { ...recipe.model, heads: 3 } }, "model.heads"],
  ["more than memory", { batch_size: 60_000, model: { ...recipe.model, hidden: 4096, depth: 200 } }, "GB of memory"],
  ["a field that there is not", { stepps: 3 }, "stepps"],
  ["a word that no caption has", { sample_prompts: ["a horse"] }, "horse"],
  ["a clip that patches do not divide", { model: { ...recipe.model, patch: [4, 7, 7] } }, "height"],
])("%s is refused by name", async (_, change, named) => {
  for (const path of ["/forecast", ""]) {
    const { status, json } = await ask("POST", path, { ...recipe, ...change, output: "refused" });
    expect(status).toBe(400);
    expect(json.error.message).toContain(named);
  }
});

test("a run of another kind is none of these", async () => {
  expect((await ask("GET", "/run_none")).status).toBe(404);
});
