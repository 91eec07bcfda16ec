import { writeFile } from "node:fs/promises";
import {
  argument,
  argumentList,
  type CommandGroup,
  choice,
  command,
  flag,
  text,
  texts,
  whole,
} from "../../command/command.ts";
import { openStoreOf } from "../library/open.ts";

const list = command({
  name: "ls",
  summary: "Runs of experiments, whichever client has logged them",
  options: {
    experiment: text("only of this experiment", { value: "name" }),
    filter: text("such as \"metrics.loss < 0.1 and params.opt = 'adam'\"", { value: "filter" }),
    order: text('such as "metrics.loss ASC"', { value: "order" }),
    deleted: flag("those in the bin"),
    limit: whole("number of runs", { min: 1, max: 50_000, otherwise: 30 }),
  },
  examples: [
    ["runs ls", "the newest thirty"],
    ['runs ls --experiment mnist --order "metrics.loss ASC"', "the best first"],
  ],
  run: async ({ experiment, filter, order, deleted, limit, home }, io) => {
    const [{ runFilter, runOrder, searchRuns }, { runRows, withValues }, { table }] = await Promise.all([
      import("@loam/observe"),
      import("./run-rows.ts"),
      import("../../terminal/table.ts"),
    ]);
    await using workspace = await openStoreOf(home);
    const runs = await searchRuns(workspace.store, {
      experiments: experiment === undefined ? undefined : [experiment],
      where: filter ? runFilter(filter) : undefined,
      orderBy: runOrder(order ? [order] : []),
      deleted: deleted ? "only" : "hide",
      archived: "hide",
      limit,
    });
    const shown = await withValues(workspace.store, runs);
    io.result(shown, () => table(runRows(shown)));
    if (runs.length === 0) io.note("No runs.");
  },
});

const show = command({
  name: "show",
  summary: "One run: parameters, values, files",
  args: { id: argument("its id") },
  examples: [["runs show 858f15bb0f08", "what went in and what came out"]],
  run: async ({ id, home }, io) => {
    const [{ listFiles, runSeries }, { findRun, runPage, withValues }] = await Promise.all([
      import("@loam/observe"),
      import("./run-rows.ts"),
    ]);
    await using workspace = await openStoreOf(home);
    const run = await findRun(workspace.store, id);
    const [shown] = await withValues(workspace.store, [run]);
    const files = (await listFiles(workspace.store, `run/${run.id}`)).map(({ path, sizeBytes }) => ({
      path,
      sizeBytes,
    }));
    const series = await runSeries(workspace.store, run.id, { points: 40 });
    io.result({ ...shown!, files }, () => runPage(shown!, series, files));
  },
});

const compare = command({
  name: "compare",
  summary: "Two runs or more beside each other: what differs",
  args: { ids: argumentList("their ids") },
  examples: [["runs compare 858f15bb 71e22e3b", "parameters and values that are not the same"]],
  run: async ({ ids, home }, io) => {
    const [{ compareRows, findRun, withValues }, { table }] = await Promise.all([
      import("./run-rows.ts"),
      import("../../terminal/table.ts"),
    ]);
    await using workspace = await openStoreOf(home);
    const runs = await withValues(workspace.store, await Promise.all(ids.map((id) => findRun(workspace.store, id))));
    const rows = compareRows(runs);
    io.result({ runs: runs.map(({ id, name }) => ({ id, name })), differences: rows }, () =>
      table([["", ...runs.map(({ name }) => name)], ...rows.map(({ name, values }) => [name, ...values])]),
    );
  },
});

const watch = command({
  name: "watch",
  summary: "Follow a run until it has ended",
  args: { id: argument("its id") },
  options: { every: whole("seconds between two looks", { min: 1, max: 3600, otherwise: 2 }) },
  examples: [["runs watch 858f15bb", "its values as they come"]],
  run: async ({ id, every, home }, io) => {
    const [{ findRun, valuesLine, withValues }, { setTimeout: sleep }] = await Promise.all([
      import("./run-rows.ts"),
      import("node:timers/promises"),
    ]);
    await using workspace = await openStoreOf(home);
    let before = "";
    for (;;) {
      const [run] = await withValues(workspace.store, [await findRun(workspace.store, id)]);
      const line = valuesLine(run!);
      if (line !== before) io.write(`${line}\n`);
      before = line;
      if (!["queued", "running"].includes(run!.status)) return io.result(run, () => "");
      await sleep(every * 1000, undefined, { signal: io.signal });
    }
  },
});

const bring = command({
  name: "import",
  summary: "Runs from the files of another tracker (as `loam import` does)",
  args: { source: argument("wandb, mlflow or tensorboard"), path: argument("a file or a folder") },
  options: { experiment: text("where they go", { value: "name" }) },
  examples: [["runs import tensorboard logs --experiment mnist", "event files, once each"]],
  run: async ({ source, path, experiment, home }, io) => {
    const { importFrom } = await import("./import-from.ts");
    await using workspace = await openStoreOf(home);
    await importFrom(workspace, { source, path, experiment }, io);
  },
});

const send = command({
  name: "export",
  summary: "A run's points as a file",
  args: { id: argument("its id") },
  options: {
    format: choice("kind of file", ["csv", "json", "parquet", "tensorboard"], "csv"),
    out: text("the file; the standard output when left out", { value: "file" }),
  },
  examples: [["runs export 858f15bb --format parquet --out run.parquet", "every point of every curve"]],
  run: async ({ id, format, out, home }, io) => {
    const [{ allPointsOf, exportTensorboard, pointsToCsv, pointsToParquet }, { findRun }] = await Promise.all([
      import("@loam/observe"),
      import("./run-rows.ts"),
    ]);
    await using workspace = await openStoreOf(home);
    const { store } = workspace;
    const run = await findRun(store, id);
    const points = format === "tensorboard" ? [] : await allPointsOf(store, run.id);
    const bytes =
      format === "tensorboard"
        ? await exportTensorboard(store, run.id)
        : format === "parquet"
          ? pointsToParquet(points)
          : format === "csv"
            ? pointsToCsv(points)
            : `${JSON.stringify(points.map((point) => ({ ...point, value: Number.isFinite(point.value) ? point.value : String(point.value) })))}\n`;
    if (out) {
      await writeFile(out, bytes);
      io.result({ id: run.id, out }, () => `${run.name} is in ${out}.`);
    } else if (typeof bytes === "string") io.result(bytes, () => bytes);
    else process.stdout.write(bytes);
  },
});

const change = (name: "rm" | "restore", summary: string, example: string) =>
  command({
    name,
    summary,
    args: { ids: argumentList("their ids") },
    options: name === "rm" ? { forever: flag("not into the bin") } : {},
    examples: [[`runs ${name} 858f15bb`, example]],
    run: async (values, io) => {
      const { ids, home, forever } = values as { ids: string[]; home?: string; forever?: boolean };
      const [{ changeRuns }, { findRun }] = await Promise.all([import("@loam/observe"), import("./run-rows.ts")]);
      await using workspace = await openStoreOf(home);
      const { store } = workspace;
      const found = await Promise.all(ids.map(async (id) => (await findRun(store, id)).id));
      const changed = await changeRuns(store, { ids: found }, { type: name === "rm" ? "delete" : "restore" });
      const purged = forever ? await changeRuns(store, { ids: found }, { type: "purge" }) : 0;
      io.result({ changed, purged }, () =>
        forever ? `${purged} deleted.` : `${changed} ${name === "rm" ? "in the bin" : "restored"}.`,
      );
    },
  });

const tag = command({
  name: "tag",
  summary: "Hang names and values on runs",
  args: { ids: argumentList("their ids") },
  options: { set: texts("name=value; may be given more than once", { value: "name=value" }) },
  examples: [["runs tag 858f15bb --set team=a", "find it by tags.team"]],
  run: async ({ ids, set, home }, io) => {
    const [{ changeRuns }, { findRun }] = await Promise.all([import("@loam/observe"), import("./run-rows.ts")]);
    await using workspace = await openStoreOf(home);
    const found = await Promise.all(ids.map(async (id) => (await findRun(workspace.store, id)).id));
    const tags = Object.fromEntries(set.map((pair) => [pair.split("=")[0]!, pair.slice(pair.indexOf("=") + 1)]));
    const changed = await changeRuns(workspace.store, { ids: found }, { type: "tag", tags });
    io.result({ changed, tags }, () => `${changed} tagged.`);
  },
});

export const runsGroup: CommandGroup = {
  name: "runs",
  summary: "Runs of experiments: list, compare, watch, import, export, bin",
  default: "ls",
  commands: [
    list,
    show,
    compare,
    watch,
    bring,
    send,
    tag,
    change("rm", "Put runs into the bin", "until `runs restore`"),
    change("restore", "Take runs out of the bin", "as they were"),
  ],
};
