import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Rng } from "@loam/core";
import { tinyChatModel } from "@loam/models/testing";
import { openStore } from "@loam/store";
import { startPostgres } from "@loam/store/testing";
import { fullDisk, jumpingClock } from "./faults.ts";
import { cli, end, run, servedProcess } from "./processes.ts";
import { type Acknowledged, writers } from "./writers.ts";

/**
 * `npm run torture -- --minutes 5 [--seed 1] [--postgres] [--only documents,catalogues]`: servers (and with `--postgres`
 * workers) that are killed with `kill -9` at random moments, also while they open, migrate and recover, under writers of every
 * kind. After each start what was acknowledged is asked for: all that is new, and some of what is old; at the end everything.
 * `--fault disk` fills the home's disk to the last byte again and again, `--fault clock` puts the clock hours and days forward
 * and back. The exit code is 1 when something was lost, half shown, failed because of a kill, or a server did not start.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: "string" },
    seed: { type: "string" },
    only: { type: "string" },
    postgres: { type: "boolean" },
    fault: { type: "string" },
  },
});
const minutes = Number(values.minutes ?? 5);
const rng = new Rng(Number(values.seed ?? 1));
const names = Object.keys(writers).filter((name) => !values.only || values.only.split(",").includes(name));
const home = await mkdtemp(join(tmpdir(), "loam-torture-"));
const model = tinyChatModel();
const postgres = values.postgres ? await startPostgres() : undefined;
const databaseUrl = await postgres?.createDatabase();
const fault =
  values.fault === "disk" ? fullDisk(home, 1024) : values.fault === "clock" ? jumpingClock(home) : undefined;
const env = {
  ...process.env,
  ...fault?.env,
  ...(databaseUrl && { DATABASE_URL: databaseUrl, BLOB_URL: join(home, "blobs") }),
};

const started = performance.now();
const endsAt = started + minutes * 60_000;
const problems = new Map<string, number>();
const acknowledged: { thing: Acknowledged; asked: boolean }[] = [];
let kills = 0;
let earlyKills = 0;
let refusals = 0;
let faults = 0;
let isFaulty = false;
/** Refusals that said what was wrong with the machine. */
let explained = 0;
const startSeconds: number[] = [];

function complain(what: string): void {
  if (!problems.has(what)) console.error(`\n! ${what}`);
  problems.set(what, (problems.get(what) ?? 0) + 1);
}

const kill = async (child: ChildProcess) => {
  if (await end(child, "SIGKILL")) kills++;
};

/** Starts a server; now and then it is killed before it answers, several times over. */
async function startServer(): Promise<{ child: ChildProcess; url: string }> {
  for (;;) {
    const begun = performance.now();
    const { child, said, url } = run([servedProcess, home, model], env);
    if (rng.uniform() < 0.3 && startSeconds.length > 0) {
      await sleep(rng.uniform() * 1000 * (startSeconds.at(-1) ?? 3));
      await kill(child);
      earlyKills++;
      continue;
    }
    const found = await Promise.race([url, sleep(180_000).then(() => "")]);
    if (found) {
      startSeconds.push((performance.now() - begun) / 1000);
      return { child, url: found };
    }
    complain(`a server did not start: ${said().trim().split("\n").slice(-3).join(" / ")}`);
    await kill(child);
    if (problems.size > 20) throw new Error("no server starts any more");
  }
}

/** Asks for what was acknowledged; a server that is loaded may take a while, one that answers wrongly may not. */
async function askFor(url: string, things: { thing: Acknowledged; asked: boolean }[]): Promise<void> {
  const queue = [...things];
  const hand = async () => {
    for (let each = queue.pop(); each; each = queue.pop()) {
      const wrong = await each.thing.ask(url).catch((error: Error) => `${each!.thing.kind}: ${error.message}`);
      if (wrong) complain(wrong);
      each.asked = true;
    }
  };
  await Promise.all([hand(), hand(), hand(), hand()]);
}

/** Writes until the server is gone. */
async function write(url: string, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const name = names[rng.integer(names.length)]!;
    try {
      acknowledged.push({ thing: await writers[name]!(url, { model: `local:${model}` }), asked: false });
    } catch (error) {
      if (isOver()) return;
      refusals++;
      const { message } = error as Error;
      // Too much at once may be refused; anything else of the server's own may not.
      if (isFaulty && fault?.explains(message)) {
        explained++;
      } else if (/^5\d\d/.test(message) && !message.startsWith("503")) complain(`${name}: ${message}`);
      else if (/^4\d\d/.test(message) && !message.startsWith("429")) complain(`${name}: ${message}`);
      await sleep(100);
    }
  }
}

function progress(): void {
  const seconds = (performance.now() - started) / 1000;
  const left = Math.max(0, (endsAt - performance.now()) / 1000);
  console.error(
    `${Math.round(seconds)} s, ${Math.round(left)} s left: ${kills} kills (${earlyKills} of starts), ${acknowledged.length} acknowledged, ` +
      `${refusals} refused, start ${startSeconds.at(-1)?.toFixed(1)} s, ${problems.size} problems`,
  );
}

let worker = postgres ? run([cli, "worker", "--home", home], env) : undefined;
while (performance.now() < endsAt) {
  const { child, url } = await startServer();
  await askFor(url, [
    ...acknowledged.filter(({ asked }) => !asked),
    ...rng.shuffle(acknowledged.filter(({ asked }) => asked)).slice(0, 20),
  ]);
  let over = false;
  const hands = Array.from({ length: 4 }, () => write(url, () => over));
  const pause = () => sleep(Math.min(500 + rng.uniform() * 6000, Math.max(0, endsAt - performance.now())));
  await pause();
  if (fault) {
    isFaulty = true;
    await fault.begin();
    faults++;
    await pause();
    await fault.end();
    if (child.exitCode !== null || child.signalCode !== null) complain("the server ended while the fault lasted");
    // Some time to answer what was asked meanwhile; then it must be as before, without a new start.
    await sleep(2000);
    isFaulty = false;
    await pause();
  }
  over = true;
  await kill(child);
  await Promise.all(hands);
  if (worker && rng.uniform() < 0.5) {
    await kill(worker.child);
    worker = run([cli, "worker", "--home", home], env);
  }
  progress();
}

console.error("The end: everything is asked for.");
const last = await startServer();
await askFor(last.url, acknowledged);
// What was begun comes to an end by itself.
const open = async () => {
  const found = await (await fetch(`${last.url}/api/work?limit=500`)).json();
  return (found as { status: string }[]).filter(({ status }) => ["queued", "running", "interrupted"].includes(status))
    .length;
};
const patience = performance.now() + 10 * 60_000;
for (let left = await open(); left > 0 && performance.now() < patience; left = await open()) {
  console.error(`${left} pieces of work are still under way`);
  await sleep(5000);
}
if ((await open()) > 0) complain(`${await open()} pieces of work did not end within ten minutes`);
await askFor(last.url, acknowledged);
last.child.kill("SIGTERM");
await once(last.child, "exit");
if (worker) await kill(worker.child);
// The folder is whole: it opens without a server.
const store = await openStore({
  home: join(home, "home"),
  ...(databaseUrl && { databaseUrl, blobUrl: join(home, "blobs") }),
});
await store.close();
await postgres?.stop();

const counts = Map.groupBy(acknowledged, ({ thing }) => thing.kind);
for (const [kind, things] of counts) console.log(`${kind}: ${things.length}`);
startSeconds.sort((a, b) => a - b);
if (fault) console.log(`${faults} times the ${values.fault} was at fault; ${explained} refusals said so`);
console.log(
  `${kills} kills, ${earlyKills} of them during a start; ${acknowledged.length} things acknowledged; start ` +
    `${startSeconds[startSeconds.length >> 1]?.toFixed(1)} s (median), ${startSeconds.at(-1)?.toFixed(1)} s (longest)`,
);
for (const [what, times] of problems) console.log(`PROBLEM (${times}×) ${what}`);
console.log(problems.size === 0 ? "Nothing was lost." : `${problems.size} problems.`);
await fault?.close();
await rm(home, { recursive: true, force: true });
await rm(model, { recursive: true, force: true });
process.exit(problems.size > 0 ? 1 : 0);
