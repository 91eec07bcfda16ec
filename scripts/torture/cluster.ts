import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Rng } from "@loam/core";
import { tinyChatModel } from "@loam/models/testing";
import { startPostgres } from "@loam/store/testing";
import { ACCESS_KEY, SECRET_KEY, startS3Server } from "../../packages/store/test/s3-server.ts";
import { cli, end, isGone, type Process, run } from "./processes.ts";
import { type Acknowledged, writers } from "./writers.ts";

/**
 * `npm run cluster -- --minutes 3 [--seed 1] [--only documents,batches]`: two servers and two workers in folders of their own, on
 * one real Postgres and one S3, under writers of every kind, while at random a worker or a server is killed, Postgres crashes or is
 * restarted, S3 refuses or hangs, and servers are replaced in good order. What one server acknowledged is asked of the other; jobs
 * are cancelled at the other. At the end everything has ended once, and both servers show the same. The exit code is 1 where not.
 */
const { values } = parseArgs({
  options: { minutes: { type: "string" }, seed: { type: "string" }, only: { type: "string" } },
});
const minutes = Number(values.minutes ?? 3);
const rng = new Rng(Number(values.seed ?? 1));
const names = Object.keys(writers).filter((name) => !values.only || values.only.split(",").includes(name));
const folder = await mkdtemp(join(tmpdir(), "loam-cluster-"));
const model = tinyChatModel();
const [postgres, s3] = await Promise.all([startPostgres({ commits: "kept" }), startS3Server("cluster")]);
const env: NodeJS.ProcessEnv = {
  ...{ PATH: process.env.PATH, HOME: folder, DATABASE_URL: await postgres.createDatabase() },
  BLOB_URL: `s3://cluster/loam?endpoint=${encodeURIComponent(s3.endpoint)}`,
  ...{ AWS_ACCESS_KEY_ID: ACCESS_KEY, AWS_SECRET_ACCESS_KEY: SECRET_KEY },
};
const started = performance.now();
const endsAt = started + minutes * 60_000;
const problems = new Map<string, number>();
const faults = new Map<string, number>();
const acknowledged: { thing: Acknowledged; at: number }[] = [];
let refusals = 0;
let isOver = false;

function complain(what: string): void {
  if (!problems.has(what)) console.error(`\n! ${what}`);
  problems.set(what, (problems.get(what) ?? 0) + 1);
}

/** A server or a worker, which is started again whenever it is gone. */
class Member {
  readonly #args: readonly string[];
  readonly #isServer: boolean;
  process: Process | undefined;
  url: string | undefined;

  constructor(name: string, isServer: boolean) {
    const home = ["--home", join(folder, name)];
    this.#isServer = isServer;
    this.#args = isServer
      ? [cli, "serve", "--port", "0", "--json", "--model", model, ...home]
      : [cli, "worker", ...home];
  }

  /** Starts it; where the database is away it does not come up, and is started again. */
  async start(): Promise<void> {
    for (;;) {
      this.process = run(this.#args, env);
      if (!this.#isServer) return;
      this.url = await Promise.race([this.process.url, sleep(120_000).then(() => undefined)]);
      if (this.url !== undefined) return;
      if (!/database|Postgres|blobs/i.test(this.process.said()))
        complain(`a server does not start: ${this.process.said().slice(-300)}`);
      await end(this.process.child, "SIGKILL");
      await sleep(500);
    }
  }

  async replace(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.url = undefined;
    if (this.process) await end(this.process.child, signal);
    await this.start();
  }
}

const ended = () => {
  for (const { process: one } of [...servers, ...workers]) one?.child.kill("SIGKILL");
};
process.once("exit", ended);
process.once("SIGTERM", () => process.exit(143));
process.once("SIGINT", () => process.exit(130));

const servers = [new Member("a", true), new Member("b", true)];
const workers = [new Member("c", false), new Member("d", false)];
await Promise.all([...servers, ...workers].map((member) => member.start()));

const injured: Record<string, () => Promise<void>> = {
  "kill -9 of a worker": () => workers[rng.integer(2)]!.replace("SIGKILL"),
  "kill -9 of a server": () => servers[rng.integer(2)]!.replace("SIGKILL"),
  "a server is replaced": () => servers[rng.integer(2)]!.replace("SIGTERM"),
  "a worker is replaced": () => workers[rng.integer(2)]!.replace("SIGTERM"),
  "Postgres crashes": async () => {
    await postgres.halt("crash");
    await sleep(1000 + rng.uniform() * 7000);
    await postgres.start();
  },
  "Postgres restarts": async () => {
    await postgres.halt("fast");
    await postgres.start();
  },
  "S3 refuses": async () => {
    s3.setAway("refuses");
    await sleep(2000 + rng.uniform() * 10_000);
    s3.setAway(undefined);
  },
  "S3 hangs": async () => {
    s3.setAway("hangs");
    await sleep(2000 + rng.uniform() * 10_000);
    s3.setAway(undefined);
  },
};

/** Whether an error is one that a client may see while something is away. */
const mayBe = ({ message }: Error): boolean => !/^[45]\d\d/.test(message) || /^(503|429)/.test(message);

async function write(): Promise<void> {
  while (!isOver) {
    const at = rng.integer(2);
    const { url } = servers[at]!;
    if (url === undefined) {
      await sleep(100);
      continue;
    }
    const name = names[rng.integer(names.length)]!;
    try {
      acknowledged.push({ thing: await writers[name]!(url, { model: `local:${model}` }), at });
    } catch (error) {
      refusals++;
      if (!mayBe(error as Error)) complain(`${name}: ${(error as Error).message}`);
      await sleep(200);
    }
  }
}

/** What one has acknowledged, asked of the other. */
async function ask(things: typeof acknowledged): Promise<void> {
  const queue = [...things];
  const hand = async () => {
    for (let each = queue.pop(); each; each = queue.pop()) {
      const { url } = servers[1 - each.at]!;
      if (url === undefined) continue;
      const wrong = await each.thing.ask(url).catch((error: Error) => {
        return mayBe(error) && !isOver ? undefined : `${each!.thing.kind}: ${error.message}`;
      });
      if (wrong) complain(wrong);
    }
  };
  await Promise.all([hand(), hand()]);
}

async function get(member: Member, path: string): Promise<unknown> {
  const response = await fetch(member.url + path, { signal: AbortSignal.timeout(60_000) });
  if (!response.ok) throw new Error(`${response.status} ${path}: ${(await response.text()).slice(0, 200)}`);
  return await response.json();
}

const hands = Array.from({ length: 3 }, write);
while (performance.now() < endsAt) {
  await sleep(2000 + rng.uniform() * 5000);
  const [name, injure] = Object.entries(injured)[rng.integer(Object.keys(injured).length)]!;
  faults.set(name, (faults.get(name) ?? 0) + 1);
  await injure();
  for (const member of [...servers, ...workers])
    if (member.process && isGone(member.process.child)) {
      complain(`one ended by itself: ${member.process.said().trim().slice(-300)}`);
      await member.start();
    }
  await ask(rng.shuffle([...acknowledged]).slice(0, 15));
  const left = Math.max(0, Math.round((endsAt - performance.now()) / 1000));
  console.error(
    `${left} s left: ${name}; ${acknowledged.length} acknowledged, ${refusals} refused, ${problems.size} problems`,
  );
}
isOver = true;
await Promise.all(hands);

console.error(
  "The end: everything is asked of the other server, what is under way ends, and everything is asked again.",
);
await ask(acknowledged);
type Work = { id: string; status: string; kind: string; error: unknown };
const openWork = async () =>
  ((await get(servers[0]!, "/api/work?limit=500")) as Work[]).filter(({ status }) =>
    ["queued", "running", "interrupted"].includes(status),
  );
const patience = performance.now() + 10 * 60_000;
let open = await openWork();
for (; open.length > 0 && performance.now() < patience; open = await openWork()) {
  console.error(`${open.length} pieces of work are still under way`);
  await sleep(3000);
}
for (const { id, kind, status } of open) complain(`${kind} ${id} is still ${status} after ten minutes`);
await ask(acknowledged);
for (const path of [
  "/api/documents",
  "/api/work?limit=500",
  "/v1/fine_tuning/jobs?limit=100",
  "/v1/batches?limit=100",
  "/api/catalogues",
]) {
  const [a, b] = await Promise.all(servers.map(async (server) => JSON.stringify(await get(server, path))));
  if (a !== b) complain(`${path} is not the same at both servers`);
}
const jobs = (await get(servers[1]!, "/v1/fine_tuning/jobs?limit=100")) as { data: { id: string; status: string }[] };
for (const { id } of jobs.data) {
  const events = (await get(servers[0]!, `/v1/fine_tuning/jobs/${id}/events?limit=100`)) as {
    data: { message: string }[];
  };
  const ends = events.data.filter(({ message }) => /successfully completed|was cancelled/.test(message)).length;
  if (ends > 1) complain(`job ${id} has ended ${ends} times`);
}

for (const member of [...servers, ...workers]) if (member.process) await end(member.process.child, "SIGTERM");
await Promise.all([postgres.stop(), s3.stop()]);
for (const [kind, things] of Map.groupBy(acknowledged, ({ thing }) => thing.kind))
  console.log(`${kind}: ${things.length}`);
console.log(
  `${[...faults].map(([name, times]) => `${times}× ${name}`).join(", ")}; ${acknowledged.length} acknowledged, ${refusals} refused`,
);
for (const [what, times] of problems) console.log(`PROBLEM (${times}×) ${what}`);
console.log(
  problems.size === 0 ? "Everything ended once, and both servers show the same." : `${problems.size} problems.`,
);
for (const path of [folder, model]) await rm(path, { recursive: true, force: true });
process.exit(problems.size > 0 ? 1 : 0);
