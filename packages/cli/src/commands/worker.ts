import { command, whole } from "../command.ts";

export const workerCommand = command({
  name: "worker",
  summary: "Read queued files and fine-tune, next to other workers and servers on the same database",
  options: { concurrency: whole("files read at the same time", { min: 1, max: 64, otherwise: 1 }) },
  examples: [["worker --concurrency 4", "work until Ctrl-C"]],
  run: async ({ concurrency, home }, io) => {
    const [{ openWorkspace }, { workKinds }, { runWorker }, { untilStopped }] = await Promise.all([
      import("../workspace.ts"),
      import("@loam/server"),
      import("@loam/work"),
      import("../until-stopped.ts"),
    ]);
    await using workspace = await openWorkspace({ home });
    const { store } = workspace;
    const worker = runWorker(store, workKinds({ store, library: await workspace.library() }, { concurrency }));
    io.note(`Waiting for files to read, ${concurrency} at a time, and for fine-tunes. Ctrl-C stops.`);
    await untilStopped(io.signal);
    await worker.stop();
    io.result({ stopped: true }, () => "");
  },
});
