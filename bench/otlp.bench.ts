import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Figure, report } from "./measure.ts";
import { storeSpans, traceOf } from "./stored-spans.ts";

/**
 * How many spans a second does the server take over OTLP/HTTP and have on disk before it answers, from 8 writers at
 * once; and how long until a list, a tree and the errors are there afterwards? `SPANS=1000000` sends so many;
 * `STORED=1000000` puts so many there before, without HTTP.
 */
const count = Number(process.env.SPANS ?? 40_000);
const stored = Number(process.env.STORED ?? 0);
const writers = 8;
const spansPerTrace = 50;
const largeTrace = 10_000;
const words =
  "the answer follows from what was said before and from nothing that anybody has added to it since ".repeat(12);

const home = mkdtempSync(join(tmpdir(), "loam-bench-otlp-"));
if (stored > 0) await storeSpans(home, traceOf(spansPerTrace, words), Math.ceil(stored / spansPerTrace));
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

interface Ids {
  traceId: string;
  root: string;
}

const newIds = (): Ids => ({ traceId: randomBytes(16).toString("hex"), root: randomBytes(8).toString("hex") });

/** Spans of a trace, from the `first` on. */
function body(start: number, { traceId, root }: Ids = newIds(), first = 0, size = spansPerTrace): string {
  const at = (ms: number) => `${1_700_000_000_000 + start * 60 + ms}000000`;
  const text = (name: string, value: string) => ({ key: name, value: { stringValue: value } });
  const spans = Array.from({ length: size }, (_, at) => first + at).map((i) => ({
    traceId,
    spanId: i === 0 ? root : randomBytes(8).toString("hex"),
    ...(i === 0 ? {} : { parentSpanId: root }),
    name: `step ${i}`,
    startTimeUnixNano: at(i),
    endTimeUnixNano: at(i + 40),
    status: start % 20 === 0 && i === 0 ? { code: 2, message: "broke" } : {},
    attributes: [
      text("openinference.span.kind", i % 5 === 0 ? "LLM" : "CHAIN"),
      text("input.value", words.slice(i % 400, (i % 400) + 400)),
      text("output.value", words.slice((2 * i) % 400, ((2 * i) % 400) + 400)),
      text("llm.model_name", "gpt-4o"),
      { key: "llm.token_count.prompt", value: { intValue: "100" } },
    ],
  }));
  return JSON.stringify({
    resourceSpans: [{ resource: { attributes: [text("service.name", "bench")] }, scopeSpans: [{ spans }] }],
  });
}

/** Seconds of CPU that the server has used, all its threads together. */
function cpuSeconds(): number {
  const fields = readFileSync(`/proc/${server.pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** MiB that the server has held at most since it started, or since {@link forgetPeak}. */
function peakMiB(): number {
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))![1]) / 1024);
}

function forgetPeak(): void {
  writeFileSync(`/proc/${server.pid}/clear_refs`, "5");
}

let next = 0;
let refused = 0;
const traces = Math.ceil(count / spansPerTrace);
async function write(): Promise<void> {
  while (next < traces) await send(body(next++));
}

async function send(text: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: text,
    });
    await response.arrayBuffer();
    if (response.ok) return;
    refused++;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function p95(path: string, times = 20): Promise<number> {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    const response = await fetch(url + path);
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    taken.push(performance.now() - start);
  }
  return taken.sort((a, b) => a - b)[Math.ceil(0.95 * times) - 1]!;
}

// V8 compiles the database's largest function for two seconds, with 500 MiB that it gives back.
await new Promise((resolve) => setTimeout(resolve, 4000));
const atStart = peakMiB();
forgetPeak();
const [cpuBefore, start] = [cpuSeconds(), performance.now()];
await Promise.all(Array.from({ length: writers }, write));
const seconds = (performance.now() - start) / 1000;
const cpu = cpuSeconds() - cpuBefore;
const [newest] = (await (await fetch(`${url}/api/traces?limit=1`)).json()) as { id: string }[];
const large = newIds();
for (let i = 0; i < largeTrace; i += 500) await send(body(traces, large, i, 500));
// In the oldest trace but some; in none; in all of them.
const sought = { rare: `number${Math.round(stored / spansPerTrace) - 20}.`, absent: "zeppelin", common: "anybody" };
const searches: Figure[] = [];
for (const [which, text] of Object.entries(sought))
  searches.push({
    ...{ name: `search for a ${which} word, p95`, value: await p95(`/api/traces?limit=50&query=${text}`, 5) },
    ...{ unit: "ms", atMost: 500 },
  });
report(
  `How fast are ${traces * spansPerTrace} spans taken over OTLP by ${writers} writers${stored > 0 ? `, with ${stored} stored before` : ""}?`,
  [
    { name: "spans per second", value: Math.round((traces * spansPerTrace) / seconds), unit: "spans/s", atLeast: 5000 },
    { name: "spans per CPU second of the server", value: Math.round((traces * spansPerTrace) / cpu), unit: "spans/s" },
    { name: "refused, and sent again", value: refused, unit: "requests", atMost: 0 },
    { name: "list of 50, p95", value: await p95("/api/traces?limit=50"), unit: "ms", atMost: 200 },
    { name: "errors, p95", value: await p95("/api/traces?status=error&limit=50"), unit: "ms", atMost: 200 },
    { name: "tree, p95", value: await p95(`/api/traces/${newest!.id}`), unit: "ms", atMost: 200 },
    {
      name: `tree of ${largeTrace}, p95`,
      value: await p95(`/api/traces/${large.traceId}`, 5),
      unit: "ms",
      atMost: 500,
    },
    ...searches,
    { name: "memory at most", value: peakMiB(), unit: "MiB", atMost: 1024 },
    { name: "memory at most while it starts", value: atStart, unit: "MiB", atMost: 1024 },
  ],
);
const ended = once(server, "exit");
server.kill();
await ended;
rmSync(home, { recursive: true, force: true });
