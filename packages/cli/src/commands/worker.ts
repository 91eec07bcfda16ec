import { command, whole } from "../command.ts";

export const workerCommand = command({
  name: "worker",
  summary: "Read queued files and fine-tune, next to other workers and servers on the same database",
  options: { concurrency: whole("files read at the same time", { min: 1, max: 64, otherwise: 1 }) },
  examples: [["worker --concurrency 4", "work until Ctrl-C"]],
  run: async ({ concurrency, home }, io) => {
    const [
      { openWorkspace },
      { runTuneWorker },
      { runIngestWorker },
      { ModelRegistry, openPlatform },
      { untilStopped },
    ] = await Promise.all([
      import("../workspace.ts"),
      import("@loam/finetuning"),
      import("@loam/rag"),
      import("@loam/platform"),
      import("../until-stopped.ts"),
    ]);
    await using workspace = await openWorkspace({ home });
    await runIngestWorker(await workspace.library(), { concurrency });
    const tuning = await runTuneWorker(workspace.store);
    const models = await workspace.models();
    const embedder = () => models.embed;
    const registry = new ModelRegistry({ config: () => workspace.config, roles: () => models.describe(), embedder });
    const platform = openPlatform({ store: workspace.store, registry, embedder });
    platform.work("all");
    io.note(`Waiting for files to read, ${concurrency} at a time, and for fine-tunes. Ctrl-C stops.`);
    await untilStopped(io.signal);
    await platform.close();
    await tuning.close();
    io.result({ stopped: true }, () => "");
  },
});
