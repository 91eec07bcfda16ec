import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { postgresBinaries, startPostgres } from "@loam/store/testing";
import type { RequestKind } from "./queue.ts";

const loam = join(import.meta.dirname, "../../packages/cli/bin/loam.js");
const samplePaper = join(import.meta.dirname, "../../packages/pdf/sample/loam-sample.pdf");
const token = "a-token-for-the-bench-alone";

/** What one request of each kind costs, and how many connections a server held. */
export interface ServiceTimes {
  kinds: Omit<RequestKind, "share">[];
  connections: number;
}

/**
 * Asks one server on a real Postgres for each kind of thing, `rounds` times from four clients, and reads from the processes
 * how much time of the processor a request took there and in the database. Undefined without a Postgres.
 */
export async function measureServiceTimes({
  rounds = 400,
}: {
  rounds?: number;
} = {}): Promise<ServiceTimes | undefined> {
  if (!postgresBinaries()) return undefined;
  const home = mkdtempSync(join(tmpdir(), "loam-scale-"));
  const postgres = await startPostgres({ commits: "kept" });
  const databaseUrl = await postgres.createDatabase();
  const env = { ...process.env, DATABASE_URL: databaseUrl, LOAM_TOKEN: token };
  const server = spawn(process.execPath, [loam, "serve", "--port", "0", "--home", home, "--work", "here"], {
    env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    const url = await addressOf(server);
    await readPaper(url);
    const database = databaseProcesses(new URLSearchParams(databaseUrl.split("?")[1]).get("host")!);
    const kinds: ServiceTimes["kinds"] = [];
    for (const [name, ask] of Object.entries(requests(url))) {
      await inParallel(ask, Math.min(40, rounds)); // plans, caches, compiled code
      const before = [cpuMs([server.pid!]), cpuMs(database())];
      await inParallel(ask, rounds);
      const after = [cpuMs([server.pid!]), cpuMs(database())];
      kinds.push({
        name,
        serverMs: (after[0]! - before[0]!) / rounds,
        databaseMs: (after[1]! - before[1]!) / rounds,
      });
    }
    return { kinds, connections: database().length - serviceProcesses };
  } finally {
    server.kill("SIGKILL");
    await postgres.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

/** The postmaster and what it runs besides connections: checkpointer, writer, wal writer, autovacuum, replication. */
const serviceProcesses = 6;

const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };

function requests(url: string): Record<string, () => Promise<void>> {
  const post = async (path: string, body: unknown) => {
    const response = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    await response.arrayBuffer();
  };
  let n = 0;
  return {
    search: () => post("/api/search", { query: `worms under clover ${n++}` }),
    question: () => post("/api/ask", { question: "How many earthworms were counted under clover?" }),
    "50 spans": () => post("/v1/traces", spans(50)),
    message: async () => {
      const thread = await threadOf(url);
      await post(`/v1/threads/${thread}/messages`, { role: "user", content: `message ${n++}` });
    },
  };
}

let thread: Promise<string> | undefined;

function threadOf(url: string): Promise<string> {
  thread ??= fetch(`${url}/v1/threads`, {
    method: "POST",
    headers: { ...headers, "openai-beta": "assistants=v2" },
    body: "{}",
  })
    .then((response) => response.json() as Promise<{ id: string }>)
    .then(({ id }) => id);
  return thread;
}

function spans(count: number): object {
  const traceId = randomBytes(16).toString("hex");
  const start = BigInt(Date.now()) * 1_000_000n;
  return {
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: Array.from({ length: count }, (_, i) => ({
              ...{ traceId, spanId: randomBytes(8).toString("hex"), name: `step ${i}` },
              startTimeUnixNano: String(start + BigInt(i) * 1_000_000n),
              endTimeUnixNano: String(start + BigInt(i + 5) * 1_000_000n),
              attributes: [
                { key: "input.value", value: { stringValue: "what the worms do under clover ".repeat(25) } },
              ],
            })),
          },
        ],
      },
    ],
  };
}

async function addressOf({ stdout }: ChildProcess): Promise<string> {
  let text = "";
  for await (const part of stdout!) {
    text += part;
    const found = /http:\/\/[\w.:]+/.exec(text)?.[0];
    if (found) return found;
  }
  throw new Error(`the server ended: ${text}`);
}

async function readPaper(url: string): Promise<void> {
  const form = new FormData();
  form.append("file", new Blob([readFileSync(samplePaper)]), "paper.pdf");
  const { authorization } = headers;
  await fetch(`${url}/api/documents`, { method: "POST", headers: { authorization }, body: form });
  for (;;) {
    const documents = (await (await fetch(`${url}/api/documents`, { headers })).json()) as { status: string }[];
    if (documents.some(({ status }) => status === "ready")) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function inParallel(ask: () => Promise<void>, times: number): Promise<void> {
  let left = times;
  const client = async () => {
    while (left-- > 0) await ask();
  };
  await Promise.all([client(), client(), client(), client()]);
}

/** The processes of the Postgres whose data lie below a folder, as they are at each call. */
function databaseProcesses(folder: string): () => number[] {
  return () => {
    const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    const postmaster = all.find((pid) => {
      const line = read(`/proc/${pid}/cmdline`);
      return /^[^\0]*\/postgres\0-D\0/.test(line) && line.includes(folder);
    });
    const parentOf = (pid: string) => read(`/proc/${pid}/stat`).split(") ")[1]?.split(" ")[1];
    return [...all.filter((pid) => parentOf(pid) === postmaster), postmaster!].map(Number);
  };
}

/** Time of the processor that processes have used so far; of those that have ended, what their parent knows. */
function cpuMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = read(`/proc/${pid}/stat`).split(") ")[1]?.split(" ");
    return sum + (fields ? (Number(fields[11]) + Number(fields[12])) * 10 : 0); // in hundredths of a second
  }, 0);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // it has just ended
  }
}
