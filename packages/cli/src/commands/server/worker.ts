import { command, whole } from "../../command/command.ts";

export const workerCommand = command({
  name: "worker",
  summary: "Read queued files, fine-tune and evaluate, next to other workers and servers on the same database",
  options: { concurrency: whole("files read at the same time", { min: 1, max: 64, otherwise: 1 }) },
  examples: [["worker --concurrency 4", "work until Ctrl-C"]],
  run: async ({ concurrency, home }, io) => {
    const [
      { openWorkspace },
      { SummaryService, servedEvaluations, workKinds },
      { ModelRegistry, openFunctions, openPlatform, webhookReachOf },
      { runWorker },
      { untilStopped },
    ] = await Promise.all([
      import("../../command/workspace.ts"),
      import("@loam/server"),
      import("@loam/platform"),
      import("@loam/work"),
      import("../../terminal/until-stopped.ts"),
    ]);
    await using workspace = await openWorkspace({ home });
    const { store } = workspace;
    const models = await workspace.models();
    const embedder = () => models.embed;
    const registry = new ModelRegistry({ config: () => workspace.config, roles: () => models.describe(), embedder });
    const platform = openPlatform({
      ...{ store, registry, embedder },
      webhookReach: () => webhookReachOf(workspace.config),
      functions: await openFunctions(workspace.config.functions ?? []),
    });
    const library = await workspace.library();
    const inForce = { config: () => workspace.config, models: () => models };
    const evaluations = servedEvaluations({ store, library, registry, ...inForce });
    const summaries = new SummaryService({ store, library, models: { current: models } });
    const work = { store, library, platform, evaluations, summaries, models: () => models };
    const worker = runWorker(store, workKinds(work, { concurrency }));
    io.note(`Waiting for work: files to read, ${concurrency} at a time, and everything else that lasts. Ctrl-C stops.`);
    await untilStopped(io.signal);
    await worker.stop();
    await summaries.close();
    await platform.close();
    io.result({ stopped: true }, () => "");
  },
});
