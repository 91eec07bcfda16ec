import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { tinyChatModel } from "@loam/models/testing";
import { cli, end, run, servedProcess } from "./processes.ts";

/**
 * `npm run sweep-agents`: a server, and four `loam sweep agent` that share a sweep of 24 trials beside it, each in a process of
 * its own. One of them is killed with `kill -9` in the middle of a trial. Every trial must end exactly once, that one under
 * another worker, and the runs must have what parallel coordinates are drawn of. The exit code is 1 when it is not so.
 */
const folder = await mkdtemp(join(tmpdir(), "loam-sweep-agents-"));
const home = join(folder, "home");
const model = tinyChatModel();
const server = run([servedProcess, folder, model], process.env);
const url = await server.url;
if (!url) throw new Error(`the server did not start: ${server.said()}`);

const values = { x: [0, 1, 2, 3, 4, 5], act: ["relu", "gelu"], layers: [1, 2] };
const wanted = values.x.length * values.act.length * values.layers.length;
const made = await fetch(`${url}/api/sweeps`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({
    project: "agents",
    config: {
      method: "grid",
      metric: { name: "loss", goal: "minimize" },
      parameters: Object.fromEntries(Object.entries(values).map(([name, list]) => [name, { values: list }])),
    },
  }),
});
const { id } = (await made.json()) as { id: string };

// The trial says when it begins and when it ends, in a file of its own.
const log = join(folder, "trials.log");
const program = join(folder, "trial.mjs");
await writeFile(
  program,
  `import { appendFileSync } from "node:fs";
const [x, act, layers] = process.argv.slice(2);
const worker = process.ppid; // who began it; the program outlives a worker that is killed
const say = (what) => appendFileSync(${JSON.stringify(log)}, [what, worker, x, act, layers].join(" ") + "\\n");
say("begin");
setTimeout(() => {
  console.log("loss=" + ((x - 3) ** 2 + (act === "gelu" ? 0 : 0.3) + 0.1 * layers));
  say("end");
}, 700);`,
);
const env = { ...process.env, LOAM_HOME: home };
const agent = (name: string) =>
  run([cli, "sweep", "agent", id, "--worker", name, "--", process.execPath, program, "{x}", "{act}", "{layers}"], env);
const agents = ["a", "b", "c", "d"].map(agent);
const said = async () => {
  const text = await readFile(log, "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(" "))
    .map(([what, worker, ...trial]) => ({ what, worker: Number(worker), trial: trial.join(" ") }));
};

// The one that has begun a second trial dies in the middle of it, with the program that it runs.
const begun = (worker: number | undefined, lines: Awaited<ReturnType<typeof said>>) =>
  lines.filter(({ what, worker: by }) => what === "begin" && by === worker);
let victim: (typeof agents)[number] | undefined;
while (!victim) {
  await sleep(20);
  const lines = await said();
  victim = agents.find(({ child }) => begun(child.pid, lines).length >= 2);
}
const lost = begun(victim.child.pid, await said()).at(-1)!.trial;
await end(victim.child, "SIGKILL");
console.error(`killed a worker at the trial ${lost}; the others take it over when its lease of a minute has ended`);
for (const { child } of agents)
  if (child !== victim.child && child.exitCode === null) await new Promise((done) => child.once("exit", done));

const problems: string[] = [];
const lines = await said();
const ends = Map.groupBy(
  lines.filter(({ what, worker }) => what === "end" && worker !== victim.child.pid),
  ({ trial }) => trial,
);
for (const [trial, times] of ends)
  if (times.length > 1) problems.push(`the trial ${trial} ended ${times.length} times`);
if (!ends.has(lost)) problems.push(`the trial ${lost} was lost`);
interface Shown {
  state: string;
  trials: { state: string; run: string; attempts: number; value: number | null; worker: string | null }[];
}
const sweep = (await (await fetch(`${url}/api/sweeps/${id}`)).json()) as Shown;
if (sweep.trials.length !== wanted) problems.push(`${sweep.trials.length} trials, not ${wanted}`);
const unfinished = sweep.trials.filter(({ state, value }) => state !== "finished" || value === null);
if (unfinished.length > 0) problems.push(`not finished: ${JSON.stringify(unfinished)}`);
const again = sweep.trials.filter(({ attempts }) => attempts > 1);
if (again.length !== 1) problems.push(`${again.length} trials were begun twice, not one`);
interface Row {
  id: string;
  params: Record<string, unknown>;
  metrics?: Record<string, unknown>;
  summary?: Record<string, unknown>;
}
const rows = (await (await fetch(`${url}/api/runs?experiment=agents&limit=100`)).json()) as Row[];
const axes = rows.filter(
  ({ params, metrics, summary }) =>
    ["x", "act", "layers"].every((name) => params[name] !== undefined) &&
    (metrics?.loss ?? summary?.loss) !== undefined,
);
if (axes.length !== wanted)
  problems.push(`${axes.length} of ${rows.length} runs have all axes: ${JSON.stringify(rows[0])}`);

await end(server.child, "SIGTERM");
await rm(folder, { recursive: true, force: true });
await rm(model, { recursive: true, force: true });
console.log(`${wanted} trials by four workers, of which one was killed: ${ends.size} ended under those that were left`);
for (const problem of problems) console.log(`PROBLEM ${problem}`);
console.log(problems.length === 0 ? "Every trial ended once." : `${problems.length} problems.`);
process.exit(problems.length > 0 ? 1 : 0);
