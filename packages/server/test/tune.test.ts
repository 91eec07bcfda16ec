import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tuneFolders } from "@loam/finetuning";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addTinyBase, colourRows } from "../../finetuning/test/workplace.ts";
import type { RunEventJson } from "../src/surfaces/studio/routes/tune/tune-streams.ts";
import type {
  DatasetJson,
  ForecastJson,
  PreviewRowJson,
  RunDetailJson,
  SideBySideEventJson,
} from "../src/surfaces/studio/schemas/tune.ts";
import { startTestServer, type TestServer } from "./running.ts";

let server: TestServer;
let colours: DatasetJson;

beforeAll(async () => {
  server = await startTestServer();
  addTinyBase(tuneFolders(server.store));
  const response = await sendFiles({ "colours.jsonl": colourRows });
  colours = (await response.json()).results[0].dataset;
});
afterAll(() => server?.end());

function sendFiles(files: Record<string, string>): Promise<Response> {
  const form = new FormData();
  for (const [name, text] of Object.entries(files)) form.append("file", new Blob([text]), name);
  return fetch(`${server.url}/api/tune/datasets`, { method: "POST", body: form });
}

// biome-ignore lint/suspicious/noExplicitAny: bodies are what the tests below assert
async function call<T = any>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
  const response = await fetch(`${server.url}/api/tune${path}`, {
    method,
    ...(body !== undefined && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as T };
}

const draft = (output: string, more: Record<string, unknown> = {}) => ({
  model: "home/tiny",
  method: { peft_type: "LORA", r: 4, target_modules: "all-linear" },
  data: { path: colours.id, template: "plain", max_tokens: 64, eval_share: 0.25 },
  batch_size: 2,
  max_steps: 8,
  eval_every_steps: 4,
  sample_prompts: ["Say colour 3."],
  sample_tokens: 4,
  threads: 1,
  output,
  ...more,
});

describe("what there is to choose from", () => {
  test("the recipe's schema names every method with its options", async () => {
    const { body } = await call("GET", "/schema");
    expect(Object.keys(body.methods).sort()).toEqual([...body.methodNames].sort());
    expect(body.methods.LORA.properties.r).toMatchObject({ type: "integer", default: 8 });
    expect(body.recipe.properties.quantize.enum).toContain("nf4");
    expect(body.templates).toContain("chat");
  });

  test("bases are listed, and a path is none", async () => {
    const { body } = await call("GET", "/bases");
    expect(body).toContainEqual(expect.objectContaining({ id: "home/tiny", hasChatTemplate: true }));
    const asked = await call("POST", "/forecast", draft("x", { model: server.store.home }));
    expect(asked).toMatchObject({ status: 400, body: { error: { code: "bad_base" } } });
    const absent = await call("POST", "/forecast", draft("x", { model: "someone/some-model" }));
    expect(absent.status).toBe(404);
    expect(absent.body.error.message).toContain("loam models pull someone/some-model");
  });

  test("each file of an upload has a result of its own", async () => {
    const response = await sendFiles({ "a.csv": "instruction,output\nhi,ho\n", "b.jsonl": "{}\n", "c.png": "x" });
    const { results } = await response.json();
    expect(
      results.map(({ dataset, error }: never) => (dataset as DatasetJson)?.rows ?? (error as { code: string }).code),
    ).toEqual([1, "empty_dataset", "unknown_format"]);
    const { id } = results[0].dataset;
    expect((await call("DELETE", `/datasets/${id}`)).status).toBe(200);
    expect((await call("DELETE", `/datasets/${id}`)).status).toBe(404);
  });

  test("a preview shows rows as the model sees them, the learned part apart", async () => {
    const { body } = await call<PreviewRowJson[]>("POST", `/datasets/${colours.id}/preview`, {
      base: "home/tiny",
      template: "plain",
      rows: 2,
    });
    expect(body.map(({ segments }) => segments)).toEqual([
      [
        { text: "Say colour 0.\n", supervised: false },
        { text: "red", supervised: true },
      ],
      [
        { text: "Say colour 1.\n", supervised: false },
        { text: "blue", supervised: true },
      ],
    ]);
  });

  test("a forecast counts, and a wrong recipe is refused by field with the nearest name", async () => {
    const { body } = await call<ForecastJson>("POST", "/forecast", draft("counted"));
    expect(body).toMatchObject({ method: "LORA", steps: 8, data: { kept: 8 } });
    expect(body.memory.total).toBeGreaterThan(body.memory.base);
    const wrong = await call("POST", "/forecast", { ...draft("counted"), learning_rat: 1 });
    expect(wrong).toMatchObject({ status: 400, body: { error: { code: "bad_recipe" } } });
    expect(wrong.body.error.message).toContain("learning_rat");
  });
});

describe("a run", () => {
  let id: string;

  test("is accepted, tells what happens by events, and ends with curves, samples and an adapter", async () => {
    const started = await call("POST", "/runs", draft("colours"));
    expect(started).toMatchObject({ status: 202, body: { status: "queued", base: "home/tiny", dataset: colours.id } });
    id = started.body.id;
    const text = await (await fetch(`${server.url}/api/tune/runs/${id}/events`)).text(); // ends when the run has
    const events = [...text.matchAll(/^data: (\{"run".+)$/gm)].map(([, data]) => JSON.parse(data!) as RunEventJson);
    const last = events.at(-1)!;
    expect(last.run.status).toBe("finished");
    expect(last.series["train/loss"]).toHaveLength(8);
    expect(last.run.samples.map(({ step, prompt }) => [step, prompt])).toEqual([
      [4, "Say colour 3."],
      [8, "Say colour 3."],
    ]);
    expect(text).toContain("event: end");
  });

  test("is listed with its line of losses, and shows its recipe without a path", async () => {
    const { body: runs } = await call("GET", "/runs");
    expect(runs[0]).toMatchObject({ id, name: "colours", method: "LORA", adapter: "colours" });
    expect(runs[0].sparkline).toHaveLength(8);
    expect(runs[0].results.trainableParameters).toBeGreaterThan(1000);
    const { body } = await call<RunDetailJson>("GET", `/runs/${id}`);
    expect(body.recipe).toMatchObject({ model: "home/tiny", data: { path: colours.id }, output: "colours" });
    expect(JSON.stringify(body)).not.toContain(server.store.home);
    const { body: series } = await call("GET", `/runs/${id}/metrics?points=10`);
    expect(series["eval/loss"].map(([step]: number[]) => step)).toEqual([4, 8]);
  });

  test("its name is taken, it cannot be resumed, and it can be deleted", async () => {
    expect(await call("POST", "/runs", draft("colours"))).toMatchObject({
      status: 400,
      body: { error: { code: "name_taken" } },
    });
    expect((await call("POST", `/runs/${id}/resume`)).body.error.code).toBe("not_stopped");
    expect((await call("GET", "/runs/run_none")).status).toBe(404);
  });

  test("its adapter answers beside the base", async () => {
    const response = await fetch(`${server.url}/api/tune/side-by-side`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        base: "home/tiny",
        columns: [null, "colours", "../colours"],
        question: "Say colour 3.",
        template: "plain",
        maxNewTokens: 4,
      }),
    });
    const events = [...(await response.text()).matchAll(/^data: (.+)$/gm)].map(
      ([, data]) => JSON.parse(data!) as SideBySideEventJson,
    );
    const ends = events.filter(({ type }) => type !== "delta").sort((a, b) => a.column - b.column);
    expect(ends).toMatchObject([
      { type: "done", column: 0 },
      { type: "done", column: 1 },
      { type: "error", column: 2, error: { code: "bad_name" } },
    ]);
  });

  test("its adapter is merged and written for other programs as work, from the home folder into it", async () => {
    const start = async (path: string, body: object) => (await call("POST", path, body)).body.work as string;
    const ended = async (id: string) =>
      await expect
        .poll(async () => (await (await fetch(`${server.url}/api/work/${id}`)).json()).status, { timeout: 60_000 })
        .toMatch(/finished|failed/)
        .then(async () => (await fetch(`${server.url}/api/work/${id}`)).json());
    const merge = { base: "home/tiny", adapters: ["colours"] };
    const works = await Promise.all([
      start("/merge", { ...merge, output: "merged" }),
      start("/merge", { ...merge, output: "web", to: "onnx" }),
      start("/adapter-export", { adapter: "colours", output: "colours.gguf" }),
      start("/recipe-export", { recipe: draft("elsewhere"), to: "axolotl", output: "cluster" }),
    ]);
    const [folder, onnx, lora, project] = await Promise.all(works.map(ended));
    expect(folder).toMatchObject({ status: "finished", result: { ...merge, output: "merged", format: "folder" } });
    expect(onnx).toMatchObject({ status: "finished", result: { format: "onnx" } });
    expect(lora).toMatchObject({ status: "finished", result: { path: "colours.gguf", layers: 14, relativeError: 0 } });
    expect(project).toMatchObject({ status: "finished", result: { path: "cluster", launch: expect.any(String) } });
    expect((await call("GET", "/bases")).body).toContainEqual(expect.objectContaining({ id: "home/merged" }));
    const { body: exports } = await call("GET", "/exports");
    expect(exports.map(({ id, form }: Record<string, string>) => [id, form]).sort()).toEqual([
      ["cluster", "project"],
      ["colours.gguf", "gguf"],
      ["web", "onnx"],
    ]);
    const file = await (await fetch(`${server.url}/api/tune/exports/colours.gguf/download`)).bytes();
    expect(new TextDecoder().decode(file.slice(0, 4))).toBe("GGUF");
    const archive = join(server.store.home, "cluster.tar");
    writeFileSync(archive, await (await fetch(`${server.url}/api/tune/exports/cluster/download`)).bytes());
    expect(execFileSync("tar", ["-tf", archive], { encoding: "utf8" })).toContain("export/axolotl.yaml");
    expect(await call("POST", "/merge", { ...merge, output: "merged" })).toMatchObject({
      status: 400,
      body: { error: { code: "name_taken" } },
    });
    expect((await call("POST", "/merge", { ...merge, adapters: ["none"], output: "x" })).status).toBe(404);
    expect((await call("POST", "/merge", { ...merge, base: server.store.home, output: "x" })).status).toBe(400);
    expect((await call("POST", "/merge", { ...merge, output: "../x" })).body.error.code).toBe("bad_name");
    expect((await call("DELETE", "/exports/web")).status).toBe(200);
    expect((await call("GET", "/exports/web/download")).status).toBe(404);
  });

  test("its adapter is described, downloaded whole and deleted", async () => {
    const { body } = await call("GET", "/adapters/colours");
    expect(body).toMatchObject({ id: "colours", run: id, template: "plain", base: "home/tiny", config: { r: 4 } });
    expect(body.card).toContain("# LORA adapter");
    const response = await fetch(`${server.url}/api/tune/adapters/colours/download`);
    const archive = join(server.store.home, "colours.tar");
    writeFileSync(archive, Buffer.from(await response.arrayBuffer()));
    expect(execFileSync("tar", ["-tf", archive], { encoding: "utf8" })).toContain("adapter/adapter_model.safetensors");
    expect((await call("DELETE", "/adapters/..%2Fdatasets")).status).toBe(400);
    expect((await call("DELETE", "/adapters/colours")).status).toBe(200);
    expect((await call("GET", "/adapters")).body).toEqual([]);
    expect((await call("DELETE", `/runs/${id}`)).status).toBe(200);
  });

  test("can be cancelled while it goes on, and taken up again; the server answers meanwhile", async () => {
    const { body: run } = await call("POST", "/runs", draft("long", { max_steps: 2000, eval_every_steps: 5000 }));
    const until = async (status: string) => {
      for (;;) {
        const { body } = await call<RunDetailJson>("GET", `/runs/${run.id}`);
        if (body.status === status && (status !== "running" || body.progress?.task === "train")) return body;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    await until("running");
    const started = performance.now();
    await fetch(`${server.url}/api/health`);
    expect(performance.now() - started).toBeLessThan(1000);
    expect((await call("POST", `/runs/${run.id}/cancel`)).body.status).toBe("cancelled");
    expect((await call("POST", `/runs/${run.id}/resume`)).status).toBe(202);
    await until("running");
    await call("POST", `/runs/${run.id}/cancel`);
    await until("cancelled");
  });
});
