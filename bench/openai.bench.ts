/**
 * What does the OpenAI server itself cost: a message of a thread, a look-up, a page out of many, through the official client?
 * `--rows 1000000` for the page of the figure (it takes minutes to fill); the server is a process of its own.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Collection } from "@loam/platform";
import { openStore } from "@loam/store";
import OpenAI from "openai";
import { report, timingOf } from "./measure.ts";

const flag = process.argv.indexOf("--rows");
const rows = flag < 0 ? 20_000 : Number(process.argv[flag + 1]);
const home = mkdtempSync(join(tmpdir(), "loam-bench-openai-"));
const store = await openStore({ home: join(home, "home") });
const threads = new Collection<{ toolResources: object }>(store.db, "thread");
const many = await threads.insert({ body: { toolResources: {} } });
await store.db.execute(`
  insert into platform_objects (id, kind, parent_id, status, metadata, body)
  select 'msg_bench' || n, 'message', '${many.id}', 'completed', '{}', jsonb_build_object('role', 'user', 'content',
    jsonb_build_array(), 'attachments', jsonb_build_array()) from generate_series(1, ${rows}) n`);
await store.close();

const served = join(import.meta.dirname, "../packages/server/test/served-process.ts");
const child = spawn(process.execPath, [served, home, "/none"], { stdio: ["ignore", "pipe", "inherit"] });
const [url] = (await once(child.stdout, "data")) as [Buffer];
const client = new OpenAI({ baseURL: `${url.toString().trim()}/v1`, apiKey: "none", maxRetries: 0 });
const { id } = await client.beta.threads.create();

/** One call after the other. */
async function times(count: number, call: (i: number) => Promise<unknown>) {
  for (let i = 0; i < 20; i++) await call(i);
  const samples: number[] = [];
  for (let i = 0; i < count; i++) {
    const started = performance.now();
    await call(i);
    samples.push(performance.now() - started);
  }
  return timingOf(samples);
}

const started = performance.now();
const message = await times(2000, (i) => client.beta.threads.messages.create(id, { role: "user", content: `${i}` }));
const seconds = (performance.now() - started) / 1000;
const lookUp = await times(500, () => client.beta.threads.retrieve(id));
const after = `msg_bench${Math.floor(rows / 2)}`;
const page = await times(50, () => client.beta.threads.messages.list(many.id, { limit: 100, after }));
child.kill("SIGKILL");
await once(child, "exit");
rmSync(home, { recursive: true, force: true });
report(
  `The OpenAI server through the official client, a page out of ${rows} messages`,
  [
    { name: "2,000 messages one after another", value: seconds, unit: "s", atMost: 10 },
    { name: "a page of 100", value: page.medianMs, unit: "ms", atMost: 10 },
  ],
  { "a message": message, "a look-up": lookUp, "a page of 100": page },
);
