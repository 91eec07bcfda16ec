import { readFile } from "node:fs/promises";
import {
  argument,
  argumentList,
  type CommandGroup,
  command,
  optionalArgument,
  text,
  whole,
} from "../../command/command.ts";
import { openStoreOf } from "../library/open.ts";

const create = command({
  name: "create",
  summary: "Begin a sweep from a file, as W&B's sweep.yaml",
  args: { file: argument("the YAML or JSON") },
  options: { project: text("the experiment; the file's name when left out", { value: "name" }) },
  examples: [["sweep sweep.yaml", "its id, and how workers join"]],
  run: async ({ file, project, home }, io) => {
    const [{ createSweep }, { parse }, { basename }] = await Promise.all([
      import("@loam/observe"),
      import("yaml"),
      import("node:path"),
    ]);
    const source = await readFile(file, "utf8");
    const config = parse(source, { maxAliasCount: 0 }) as { project?: unknown };
    await using workspace = await openStoreOf(home);
    const name =
      project ?? (typeof config?.project === "string" ? config.project : basename(file).replace(/\.\w+$/, ""));
    const sweep = await createSweep(workspace.store, { project: name, config, source });
    io.result(sweep, () => `${sweep.id} in ${sweep.project}. Workers join with: loam sweep agent ${sweep.id}`);
  },
});

const agent = command({
  name: "agent",
  summary: "Take trials of a sweep and run them, one after the other",
  description:
    "Runs the sweep's command, or the one after `--`, for each trial. `{name}` in it is the value of a parameter; without " +
    "any, `--name=value` is appended for each. The program logs its numbers to the run in LOAM_RUN, or prints " +
    "`name=number` lines, which are read.",
  args: { id: argument("the sweep"), command: argumentList("the program with its arguments") },
  options: {
    count: whole("at most so many trials", { min: 1, max: 1_000_000 }),
    worker: text("the name of this worker", { value: "name" }),
  },
  examples: [["sweep agent k3f9x0ab -- node train.js --lr {lr}", "until there is nothing left"]],
  run: async ({ id, command: argv, count, worker, home }, io) => {
    const { runAgent } = await import("./run-sweep-agent.ts");
    await using workspace = await openStoreOf(home);
    const done = await runAgent(workspace.store, { sweep: id, argv, count, worker }, io);
    io.result(done, () => `${done.finished} finished, ${done.failed} failed, ${done.stopped} stopped early.`);
  },
});

const list = command({
  name: "ls",
  summary: "Sweeps, or the trials of one",
  args: { id: optionalArgument("the sweep") },
  examples: [["sweep ls", "every sweep with its state"]],
  run: async ({ id, home }, io) => {
    const [{ getSweep, listSweeps, trialsOf }, { table }] = await Promise.all([
      import("@loam/observe"),
      import("../../terminal/table.ts"),
    ]);
    await using workspace = await openStoreOf(home);
    if (id === undefined) {
      const found = await listSweeps(workspace.store);
      return io.result(found, () =>
        table(found.map((sweep) => [sweep.id, sweep.state, sweep.project, sweep.name ?? ""])),
      );
    }
    const sweep = await getSweep(workspace.store, id);
    const trials = await trialsOf(workspace.store, sweep.id);
    io.result({ ...sweep, trials }, () =>
      table(trials.map((trial) => [trial.number, trial.state, JSON.stringify(trial.params), trial.value ?? ""])),
    );
  },
});

const change = (name: "stop" | "pause" | "resume", state: "stopped" | "paused" | "running", what: string) =>
  command({
    name,
    summary: what,
    args: { id: argument("the sweep") },
    examples: [[`sweep ${name} k3f9x0ab`, what.toLowerCase()]],
    run: async ({ id, home }, io) => {
      const { setSweepState } = await import("@loam/observe");
      await using workspace = await openStoreOf(home);
      const sweep = await setSweepState(workspace.store, id, state);
      io.result(sweep, () => `${sweep.id} is ${sweep.state}.`);
    },
  });

export const sweepGroup: CommandGroup = {
  name: "sweep",
  summary: "Searches over parameters: begin, work, pause, stop",
  default: "create",
  commands: [
    create,
    agent,
    list,
    change("stop", "stopped", "End a sweep; its trials end at their next report"),
    change("pause", "paused", "Give no new trials"),
    change("resume", "running", "Give trials again"),
  ],
};
