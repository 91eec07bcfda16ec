import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@loam/core";
import { functionSystem, makeDataset, runEvaluation } from "@loam/evaluation";
import { type RunningLoam, startLoam } from "@loam/server";
import { buildStudio } from "../packages/studio/build-studio.ts";

const root = join(import.meta.dirname, "..");
const samplePath = join(root, "packages/pdf/sample/loam-sample.pdf");

/** A Studio with something on every page, and the ids of what is there. */
export interface StudioScene {
  url: string;
  document: string;
  trace: string;
  /** A finished LoRA run. */
  run: string;
  /** Both runs, as the address of the comparison wants them. */
  runs: string;
  end(): Promise<void>;
}

/** The Studio on a home of its own, with nothing in it. */
export async function openEmptyStudio(): Promise<{ loam: RunningLoam; end(): Promise<void> }> {
  const studioFolder = await buildStudio((line) => console.error(line));
  const folder = mkdtempSync(join(tmpdir(), "loam-scene-"));
  const userFile = join(folder, "config.json");
  const load = () => loadConfig({ cwd: folder, env: { LOAM_HOME: join(folder, "home") }, userFile });
  const loam = await startLoam({ load, userFile, port: 0, studioFolder, samplePath });
  return {
    loam,
    end: async () => {
      await loam.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Adds the sample paper, a summary of it, the sample catalogue with what a reader thinks of it, an evaluation, and a
 * small base with two adapters: what a week of use leaves behind.
 *
 * @param baseSeconds how long the small base is trained; its answers get better with it.
 */
export async function openStudioScene({ baseSeconds }: { baseSeconds: number }): Promise<StudioScene> {
  const { loam, end } = await openEmptyStudio();
  const call = async <T>(method: "GET" | "POST", path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${loam.url}/api${path}`, {
      method,
      ...(body !== undefined && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
    return (response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text) as T;
  };
  const ended = async (id: string) => {
    for (;;) {
      const { status } = await call<{ status: string }>("GET", `/tune/runs/${id}`);
      if (status === "finished") return id;
      if (status !== "queued" && status !== "running") throw new Error(`run ${id} is ${status}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  };
  const { id: document } = await loam.library.add(samplePath);
  const { trace } = await loam.library.ask("How deep were the capacitance probes placed?").result;
  await call("POST", `/documents/${document}/summaries`, { words: 120, style: "abstract" });
  const { id: catalogue } = await call<{ id: string }>("POST", "/catalogues/sample");
  const { recommendations } = await call<{ recommendations: { book: { id: string } }[] }>(
    "POST",
    `/catalogues/${catalogue}/recommend`,
    { query: "a lonely robot" },
  );
  for (const [i, kind] of (["like", "seen", "like"] as const).entries())
    await call("POST", `/catalogues/${catalogue}/feedback`, { item: recommendations[i]!.book.id, kind });
  await addEvaluation(join(loam.store.home, "evaluations", "harbour-1"));

  const base = await call<{ id: string }>("POST", "/tune/bases/small", { seconds: baseSeconds });
  await ended(base.id);
  const [{ id: model }] = await call<[{ id: string }]>("GET", "/tune/bases");
  const dataset = await call<{ id: string }>("POST", "/tune/datasets/sample");
  const recipe = {
    model,
    data: { path: dataset.id, max_tokens: 256, eval_share: 0.1, template: "alpaca" },
    schedule: { name: "cosine", warmup_steps: 5 },
    epochs: 4,
    batch_size: 4,
    eval_every_steps: 10,
    sample_prompts: ["What does compost do for soil?"],
  };
  const start = async (output: string, method: object, learningRate: number) =>
    ended(
      (
        await call<{ id: string }>("POST", "/tune/runs", {
          ...recipe,
          method,
          output,
          optimizer: { learning_rate: learningRate },
        })
      ).id,
    );
  const run = await start(
    "garden-lora",
    { peft_type: "LORA", r: 16, lora_alpha: 32, target_modules: "all-linear" },
    2e-3,
  );
  const other = await start(
    "garden-ia3",
    { peft_type: "IA3", target_modules: ["k_proj", "v_proj", "down_proj"], feedforward_modules: ["down_proj"] },
    5e-3,
  );
  return { url: loam.url, document, trace: trace!, run, runs: `${run},${other}`, end };
}

/** Three ways to summarise eight notices, none of them by a model. */
async function addEvaluation(folder: string): Promise<void> {
  const rows = [
    [
      "harbour",
      "After months of arguments over the cost, the city council approved plans for a new harbour on Tuesday.",
      "The council approved a new harbour.",
    ],
    [
      "bridge",
      "The old bridge, closed since the storm in March, will open again on Monday after repairs.",
      "The old bridge opens again on Monday.",
    ],
    [
      "library",
      "The library is closed on Sundays in summer, and readers may return books at the town hall.",
      "In summer the library is closed on Sundays.",
    ],
    [
      "water",
      "Because the wells are low, gardens may be watered only in the evening until it rains.",
      "Gardens may be watered only in the evening.",
    ],
    [
      "ferry",
      "The last ferry leaves an hour earlier this week, as the pier is being painted.",
      "This week the last ferry leaves an hour earlier.",
    ],
    [
      "market",
      "Farmers moved their market to the school yard while the square is paved.",
      "The market is in the school yard.",
    ],
    [
      "choir",
      "The choir looks for two tenors, who need not read music but should like to travel.",
      "The choir needs two tenors.",
    ],
    [
      "owl",
      "A pair of owls has settled in the church tower, which stays dark at night for them.",
      "Owls live in the church tower.",
    ],
  ] as const;
  const dataset = makeDataset(
    rows.map(([name, source, reference]) => ({ id: `notice/${name}`, source, reference })),
    { name: "notices.jsonl" },
  );
  const firstWords = functionSystem("first-words", ({ source }) => source!.split(" ").slice(0, 9).join(" "));
  const lastWords = functionSystem("last-words", ({ source }) => source!.split(" ").slice(-9).join(" "));
  const editor = functionSystem("editor", ({ references }) => references[0]!.replace("The ", "The town's "));
  await runEvaluation({
    name: "harbour notices",
    dataset,
    systems: [firstWords, lastWords, editor],
    metrics: ["rouge1", "rougeL", "chrf", "ter"],
    folder,
  });
}
