import { spawn } from "node:child_process";
import { hostname } from "node:os";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { ArgumentError } from "@loam/core";
import {
  createRun,
  endTrial,
  getSweep,
  giveBackTrial,
  keepTrial,
  logToRun,
  nextTrial,
  settleSweep,
  trialShouldStop,
  trialsOf,
  updateRun,
} from "@loam/observe";
import { newId, type Store } from "@loam/store";
import type { Io } from "../../terminal/io.ts";

/** Several of these fit into a lease: a machine may be busy. */
const keepEveryMs = 10_000;
const askAgainMs = 1000;

/**
 * Runs trials of a sweep as child processes until there is none to be had. While another worker has one, it waits: that
 * worker may die, and its trial is then begun anew. A trial that is interrupted (Ctrl-C) is given back.
 */
export async function runAgent(
  store: Store,
  {
    sweep: id,
    argv,
    count = Number.POSITIVE_INFINITY,
    worker = `${hostname()}-${process.pid}`,
  }: { sweep: string; argv: readonly string[]; count?: number; worker?: string },
  io: Pick<Io, "signal" | "note">,
): Promise<{ finished: number; failed: number; stopped: number }> {
  const sweep = await getSweep(store, id);
  const command = argv.length > 0 ? argv : commandOf(sweep.config);
  const done = { finished: 0, failed: 0, stopped: 0 };
  for (let taken = 0; taken < count && !io.signal.aborted; taken++) {
    const trial = await trialOrNone(store, id, worker, io);
    if (!trial) break;
    const run = newId("run");
    await createRun(store, {
      ...{ id: run, kind: "sweep", experiment: sweep.project, name: `trial ${trial.number}` },
      ...{ externalId: trial.run, params: trial.nested, tags: { sweep: id } },
    });
    io.note(`trial ${trial.number}: ${JSON.stringify(trial.params)}`);
    const state = await runTrial(store, id, { run, trial: trial.run, command: filled(command, trial.params) }, io);
    await updateRun(store, run, {
      status: state === "finished" ? "finished" : state === "failed" ? "failed" : "cancelled",
      finishedAt: new Date(),
    });
    if (state === "stopped" && io.signal.aborted) await giveBackTrial(store, id, trial.run);
    else await endTrial(store, id, trial.run, state);
    done[state]++;
  }
  return done;
}

/** The next trial, also one that a worker which has died leaves; undefined once the sweep has none and none is on its way. */
async function trialOrNone(store: Store, id: string, worker: string, { signal, note }: Pick<Io, "signal" | "note">) {
  let told = false;
  while (!signal.aborted) {
    const trial = await nextTrial(store, id, worker);
    if (trial) return trial;
    const isRunning = (await settleSweep(store, id)) === "running";
    const busy = (await trialsOf(store, id)).filter(({ state }) => state === "running");
    if (!isRunning || busy.length === 0) return undefined;
    if (!told)
      note(`No trial is left to begin; ${busy.length} are on their way, and wait for a worker if theirs dies.`);
    told = true;
    await sleep(askAgainMs, undefined, { signal }).catch(() => {});
  }
  return undefined;
}

async function runTrial(
  store: Store,
  sweep: string,
  { run, trial, command: [program, ...args] }: { run: string; trial: string; command: string[] },
  { signal }: Pick<Io, "signal">,
): Promise<"finished" | "failed" | "stopped"> {
  const child = spawn(program!, args, { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, LOAM_RUN: run } });
  let stopped = false;
  const stop = () => {
    stopped = true;
    child.kill();
  };
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const keeping = setInterval(async () => {
    await keepTrial(store, sweep, trial).catch(() => {});
    await updateRun(store, run, { heartbeatAt: new Date() }).catch(() => {});
    if (await trialShouldStop(store, sweep, trial).catch(() => false)) stop();
  }, keepEveryMs);
  const ended = new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(127));
    child.once("close", resolve);
  });
  const steps = new Map<string, number>();
  try {
    for await (const line of createInterface({ input: child.stdout! })) {
      process.stderr.write(`${line}\n`);
      const points = numbersIn(line).map(([key, value]) => {
        const step = steps.get(key) ?? 0;
        steps.set(key, step + 1);
        return { key, value, step, timeMs: Date.now() };
      });
      if (points.length === 0) continue;
      await logToRun(store, run, { points });
      if (await trialShouldStop(store, sweep, trial)) stop();
    }
    const code = await ended;
    return stopped ? "stopped" : code === 0 ? "finished" : "failed";
  } finally {
    clearInterval(keeping);
    signal.removeEventListener("abort", stop);
  }
}

/** `loss=0.5 acc=0.9`: the numbers of a line that holds nothing else. */
function numbersIn(line: string): [string, number][] {
  const words = line.trim().split(/[\s,]+/);
  const pairs = words.map((word) => /^([\w./@-]+)[=:]([+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+|nan|inf))$/i.exec(word));
  if (!pairs.every((pair) => pair)) return [];
  return pairs.map((pair) => [pair![1]!, Number(pair![2]!.replace(/inf/i, "Infinity").replace(/nan/i, "NaN"))]);
}

function commandOf({ command, program }: { command?: string[]; program?: string }): string[] {
  if (command)
    return command
      .filter((part) => part !== "${env}")
      .map((part) =>
        part === "${program}" ? (program ?? "") : part === "${interpreter}" ? interpreterOf(program) : part,
      );
  if (program) return [interpreterOf(program), program];
  throw new ArgumentError(
    "command",
    undefined,
    "a program to run",
    "write it after `--`, or give the sweep a `command` or a `program`",
  );
}

function interpreterOf(program = ""): string {
  return /\.(c|m)?(j|t)s$/.test(program) ? process.execPath : "python";
}

/** The command with the trial's values in their places; appended as `--name=value` where it has no place for any. */
function filled(command: readonly string[], params: Readonly<Record<string, unknown>>): string[] {
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  const flags = Object.entries(params).map(([name, value]) => `--${name}=${text(value)}`);
  let placed = false;
  const parts = command.flatMap((part) => {
    if (part === "${args}") {
      placed = true;
      return flags;
    }
    return [
      part.replace(/\{([\w.-]+)\}/g, (whole, name: string) => {
        if (!Object.hasOwn(params, name)) return whole;
        placed = true;
        return text(params[name]);
      }),
    ];
  });
  return placed ? parts : [...parts, ...flags];
}
