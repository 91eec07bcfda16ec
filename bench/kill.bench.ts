import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { report } from "./measure.ts";

/**
 * Is everything that was acknowledged still there when the server is killed (`kill -9`) at a random moment, while 8
 * writers send spans and two log metrics? `ROUNDS=10` kills it ten times; `DATABASE_URL` asks a Postgres the same.
 */
const rounds = Number(process.env.ROUNDS ?? 3);
const spansPerTrace = 20;
const home = mkdtempSync(join(tmpdir(), "loam-bench-kill-"));
const bin = join(import.meta.dirname, "../packages/cli/bin/loam.js");

async function start(): Promise<{ server: ChildProcess; url: string; seconds: number }> {
  const begun = performance.now();
  const server = spawn(process.execPath, [bin, "serve", "--port", "0", "--home", home], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let text = "";
    server.stdout!.on("data", (part) => {
      text += part;
      const found = /http:\/\/[\w.:]+/.exec(text)?.[0];
      if (found) resolve(found);
    });
    server.on("exit", (code) => reject(new Error(`the server ended with ${code} before it listened`)));
  });
  return { server, url, seconds: (performance.now() - begun) / 1000 };
}

async function post(url: string, body: unknown): Promise<Response> {
  return await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

const acknowledgedTraces: string[] = [];
const acknowledgedPoints = new Map<string, number[]>();

function exportOf(traceId: string) {
  const now = `${Date.now()}000000`;
  const spans = Array.from({ length: spansPerTrace }, (_, i) => ({
    traceId,
    spanId: randomBytes(8).toString("hex"),
    name: `step ${i}`,
    startTimeUnixNano: now,
    endTimeUnixNano: now,
    attributes: [{ key: "input.value", value: { stringValue: randomBytes(200).toString("hex") } }],
  }));
  return { resourceSpans: [{ scopeSpans: [{ spans }] }] };
}

/** Sends until the server is gone. What is answered with 200 counts. */
async function writeSpans(url: string): Promise<void> {
  for (;;) {
    const traceId = randomBytes(16).toString("hex");
    try {
      const response = await post(`${url}/v1/traces`, exportOf(traceId));
      if (response.ok) acknowledgedTraces.push(traceId);
    } catch {
      return;
    }
  }
}

async function writePoints(url: string, runId: string): Promise<void> {
  const steps = acknowledgedPoints.get(runId) ?? [];
  acknowledgedPoints.set(runId, steps);
  for (let step = (steps.at(-1) ?? 0) + 1; ; step++) {
    try {
      const metrics = [{ key: "loss", value: 1 / step, step, timestamp: Date.now() }];
      const response = await post(`${url}/api/2.0/mlflow/runs/log-batch`, { run_id: runId, metrics });
      if (response.ok) steps.push(step);
    } catch {
      return;
    }
  }
}

async function lostTraces(url: string): Promise<number> {
  let lost = 0;
  for (const id of acknowledgedTraces) {
    const response = await fetch(`${url}/api/traces/${id}`);
    const { spans } = (await response.json()) as { spans?: number };
    if (spans !== spansPerTrace) lost++;
  }
  return lost;
}

async function lostPoints(url: string): Promise<number> {
  let lost = 0;
  for (const [runId, steps] of acknowledgedPoints) {
    const found = new Set<number>();
    for (let token = ""; ; ) {
      const page = `${url}/api/2.0/mlflow/metrics/get-history?run_id=${runId}&metric_key=loss&max_results=25000&page_token=${token}`;
      const { metrics = [], next_page_token = "" } = (await (await fetch(page)).json()) as {
        metrics?: { step: number }[];
        next_page_token?: string;
      };
      for (const { step } of metrics) found.add(Number(step));
      if (next_page_token === "") break;
      token = encodeURIComponent(next_page_token);
    }
    lost += steps.filter((step) => !found.has(step)).length;
  }
  return lost;
}

let { server, url } = await start();
const runIds: string[] = [];
for (let i = 0; i < 2; i++) {
  const response = await post(`${url}/api/2.0/mlflow/runs/create`, { experiment_id: "0", run_name: `writer ${i}` });
  runIds.push(((await response.json()) as { run: { info: { run_id: string } } }).run.info.run_id);
}
const back: number[] = [];
for (let round = 0; round < rounds; round++) {
  const writing = [
    ...Array.from({ length: 8 }, () => writeSpans(url)),
    ...runIds.map((runId) => writePoints(url, runId)),
  ];
  await sleep(500 + 4000 * Math.random());
  const gone = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGKILL");
  await Promise.all([gone, ...writing]);
  const again = await start();
  ({ server, url } = again);
  back.push(again.seconds);
}
report(`What is lost when the server is killed ${rounds} times under 10 writers?`, [
  {
    name: "acknowledged spans",
    value: acknowledgedTraces.length * spansPerTrace,
    unit: "spans",
    atLeast: rounds * spansPerTrace,
  },
  { name: "traces that lost a span", value: await lostTraces(url), unit: "traces", atMost: 0 },
  {
    name: "acknowledged points",
    value: [...acknowledgedPoints.values()].flat().length,
    unit: "points",
    atLeast: rounds,
  },
  { name: "lost points", value: await lostPoints(url), unit: "points", atMost: 0 },
  { name: "back again, slowest", value: Math.max(...back), unit: "s", atMost: 15 },
]);
server.kill();
rmSync(home, { recursive: true, force: true });
