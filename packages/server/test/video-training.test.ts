import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@loam/core";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
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

test.each([
  ["a folder", { data: { kind: "folder", path: "/etc", size: { frames: 1, height: 8, width: 8 } } }, "data.kind"],
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
