import { command, whole } from "../../command/command.ts";

export const workerCommand = command({
  name: "worker",
  summary: "Read queued files, fine-tune and evaluate, next to other workers and servers on the same database",
  options: { concurrency: whole("files read at the same time", { min: 1, max: 64, otherwise: 1 }) },
  examples: [["worker --concurrency 4", "work until Ctrl-C"]],
  run: async ({ concurrency, home }, io) => {
    const [
      { openWorkspace },
      { trainedVideoModels, tuneFolders },
      { loadConfig },
      { resolveRegistered },
      { ModelSettings, SummaryService, sealedValues, servedEvaluations, workKinds },
      { ModelRegistry, openFunctions, openPlatform, webhookReachOf },
      { runWorker },
      { untilStopped },
    ] = await Promise.all([
      import("../../command/workspace.ts"),
      import("@loam/finetuning"),
      import("@loam/core"),
      import("@loam/observe"),
      import("@loam/server"),
      import("@loam/platform"),
      import("@loam/work"),
      import("../../terminal/until-stopped.ts"),
    ]);
    await using workspace = await openWorkspace({ home });
    const { store } = workspace;
    const models = await workspace.models();
    const embedder = () => models.embed;
    // What is set at a server holds here too, from now on and when it changes.
    const settings = await ModelSettings.open(() => loadConfig({ flags: home ? { home } : {} }), {
      sealed: sealedValues(store, workspace.config.server.token),
      registry: (name) => resolveRegistered(store, name),
    });
    const { embed: _, ...roles } = settings.current;
    Object.assign(models, roles);
    const unfollow = settings.follow({
      onChange: () => {
        const { embed: _, ...changed } = settings.current;
        Object.assign(models, changed);
      },
    });
    const registry = new ModelRegistry({ config: () => settings.config, roles: () => models.describe(), embedder });
    const platform = openPlatform({
      ...{ store, registry, embedder },
      trainedVideoModels: trainedVideoModels(tuneFolders(store)),
      webhookReach: () => webhookReachOf(workspace.config),
      functions: await openFunctions(workspace.config.functions ?? []),
    });
    const library = await workspace.library();
    const inForce = { config: () => settings.config, models: () => models };
    const evaluations = servedEvaluations({ store, library, registry, ...inForce });
    const summaries = new SummaryService({ store, library, models: { current: models } });
    const work = { store, library, platform, evaluations, summaries, ...inForce };
    const worker = runWorker(store, workKinds(work, { concurrency }));
    io.note(`Waiting for work: files to read, ${concurrency} at a time, and everything else that lasts. Ctrl-C stops.`);
    await untilStopped(io.signal);
    await worker.stop();
    unfollow();
    await summaries.close();
    await platform.close();
    io.result({ stopped: true }, () => "");
  },
});
