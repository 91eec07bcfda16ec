import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { report } from "./measure.ts";

/**
 * How many points a second does the server take through MLflow's `log-batch`, 1,000 a request, from 8 writers; and how
 * long do a chart, a page of MLflow's history and the pages of a W&B history take afterwards? `POINTS=10000000` fills it.
 */
const count = Number(process.env.POINTS ?? 200_000);
const historyRows = Number(process.env.ROWS ?? 20_000);
const writers = 8;
const home = mkdtempSync(join(tmpdir(), "loam-bench-points-"));
const bin = join(import.meta.dirname, "../packages/cli/bin/loam.js");
const server = spawn(process.execPath, [bin, "serve", "--port", "0", "--home", home], {
  stdio: ["ignore", "pipe", "ignore"],
});
const url = await new Promise<string>((resolve) => {
  let text = "";
  server.stdout.on("data", (part) => {
    text += part;
    const found = /http:\/\/[\w.:]+/.exec(text)?.[0];
    if (found) resolve(found);
  });
});

async function ask<Answer>(path: string, body?: unknown): Promise<Answer> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url + path, body ? { method: "POST", headers, body: JSON.stringify(body) } : {});
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}

/** Seconds of CPU that the server has used, all its threads together. */
function cpuSeconds(): number {
  const fields = readFileSync(`/proc/${server.pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function p95(path: string, body?: unknown, times = 20): Promise<number> {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    await ask(path, body);
    taken.push(performance.now() - start);
  }
  return taken.sort((a, b) => a - b)[Math.ceil(0.95 * times) - 1]!;
}

async function write(perWriter: number): Promise<string> {
  const made = await ask<{ run: { info: { run_id: string } } }>("/api/2.0/mlflow/runs/create", { experiment_id: "0" });
  const { run_id } = made.run.info;
  for (let step = 0; step < perWriter; step += 1000) {
    const metrics = Array.from({ length: 1000 }, (_, i) => ({
      key: `metric ${i % 4}`,
      value: 1 / (1 + step + i),
      step: Math.floor((step + i) / 4),
      timestamp: 1_700_000_000_000 + step + i,
    }));
    await ask("/api/2.0/mlflow/runs/log-batch", { run_id, metrics });
  }
  return run_id;
}

const perWriter = Math.ceil(count / writers / 1000) * 1000;
const [cpuBefore, start] = [cpuSeconds(), performance.now()];
const runs = await Promise.all(Array.from({ length: writers }, () => write(perWriter)));
const seconds = (performance.now() - start) / 1000;
const cpu = cpuSeconds() - cpuBefore;

await ask("/graphql", {
  query: `mutation { upsertBucket(input: { name: "h", modelName: "bench", entityName: "loam" }) { bucket { id } } }`,
});
for (let offset = 0; offset < historyRows; offset += 2000) {
  const content = Array.from({ length: 2000 }, (_, i) =>
    JSON.stringify({ _step: offset + i, loss: 1 / (1 + offset + i) }),
  );
  await ask("/files/loam/bench/h/file_stream", { files: { "wandb-history.jsonl": { offset, content } } });
}
const page = (minStep: number) => ({
  query: `{ project(name: "bench") { run(name: "h") { history(minStep: ${minStep}, maxStep: ${minStep + 1000}) } } }`,
});
const scanStart = performance.now();
for (let step = 0; step < historyRows; step += 1000) await ask("/graphql", page(step));
const scanMs = (performance.now() - scanStart) / Math.ceil(historyRows / 1000);

const total = perWriter * writers;
const chart = `/api/runs/series?runs=${runs.slice(0, 4).join(",")}&keys=${encodeURIComponent("metric 0")}`;
report(`How fast are ${total} points taken through MLflow's log-batch by ${writers} writers?`, [
  { name: "points per second", value: Math.round(total / seconds), unit: "points/s", atLeast: 20_000 },
  { name: "points per CPU second of the server", value: Math.round(total / cpu), unit: "points/s", atLeast: 33_000 },
  { name: "chart of four runs, p95", value: await p95(chart), unit: "ms", atMost: 200 },
  {
    name: "page of 25,000 of a history, p95",
    value: await p95(`/api/2.0/mlflow/metrics/get-history?run_id=${runs[0]}&metric_key=metric%200&max_results=25000`),
    unit: "ms",
    atMost: 500,
  },
  { name: `page of 1,000 of a W&B history of ${historyRows}, mean`, value: scanMs, unit: "ms", atMost: 200 },
]);
server.kill();
rmSync(home, { recursive: true, force: true });
