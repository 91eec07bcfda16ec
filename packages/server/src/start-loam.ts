import { type LoadedConfig, loadConfig } from "@loam/core";
import { trainedVideoModels, tuneFolders } from "@loam/finetuning";
import { type Library, openLibrary } from "@loam/library";
import { registeredModels, resolveRegistered, startTracing } from "@loam/observe";
import { lazyRecogniser } from "@loam/pdf";
import {
  ModelRegistry,
  openFunctions,
  openPlatform,
  type Platform,
  type ServedModel,
  webhookReachOf,
} from "@loam/platform";
import { isShared, openStore, type Store, storeOptions } from "@loam/store";
import { runWorker } from "@loam/work";
import { servedEvaluations } from "./evaluation/served-evaluations.ts";
import { sealedValues } from "./security/sealed.ts";
import { type RunningServer, type ServeOptions, serve } from "./serve.ts";
import { ModelSettings } from "./services/model-settings.ts";
import { ObserveWatch } from "./services/observe-watch.ts";
import { SummaryService } from "./services/summary-service.ts";
import { workKinds } from "./services/work-kinds.ts";

export interface StartOptions
  extends Pick<
    ServeOptions,
    "port" | "host" | "token" | "allowedHosts" | "uploads" | "studioFolder" | "samplePath" | "ollamaPort"
  > {
  /** Reads the configuration, now and after each change of the settings. */
  load?: () => Promise<LoadedConfig>;
  /** The user's configuration file, which the settings write. */
  userFile?: string;
  /** One that is open already; it is closed with the rest. */
  store?: Store;
  /** Reads documents and fine-tunes beside the server too; `none` leaves that to `loam worker`. */
  worker?: "here" | "none";
}

export interface RunningLoam extends RunningServer {
  readonly library: Library;
  readonly store: Store;
  readonly platform: Platform;
}

/** Everything behind the Studio in one process: store, tracing, models, library, ingest worker and server. */
export async function startLoam({
  load = () => loadConfig(),
  userFile,
  store: opened,
  worker = "here",
  ...options
}: StartOptions = {}): Promise<RunningLoam> {
  const { config } = await load();
  const store = opened ?? (await openStore(storeOptions(config)));
  const undo: (() => Promise<unknown>)[] = [() => store.close()];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const tracing = config.tracing.enabled ? startTracing({ store, ...config.tracing }) : undefined;
    if (tracing) undo.push(() => tracing.stop());
    const models = await ModelSettings.open(load, {
      userFile,
      sealed: sealedValues(store, options.token ?? config.server.token),
      registry: (name) => resolveRegistered(store, name),
    });
    const unfollow = isShared(store) ? models.follow() : () => {};
    undo.push(async () => unfollow());
    const recogniser = lazyRecogniser();
    undo.push(() => recogniser.close());
    const library = await openLibrary({ store, models: models.current, recogniser });
    undo.push(() => library.close());
    const registry = new ModelRegistry({
      config: () => models.config,
      roles: () => models.current.describe(),
      embedder: () => models.current.embed,
    });
    registry.addSource({ list: async () => (await registeredModels(store)).map(toServedModel) });
    const platform = openPlatform({
      store,
      registry,
      embedder: () => models.current.embed,
      videoModels: () => models.config.server.videoModels ?? {},
      trainedVideoModels: trainedVideoModels(tuneFolders(store)),
      functions: await openFunctions(config.functions ?? []),
      webhookReach: () => {
        const { server } = models.config;
        return webhookReachOf({ server: { ...server, host: options.host ?? server.host } });
      },
    });
    undo.push(() => platform.close());
    const server = await serve({
      host: config.server.host,
      port: config.server.port,
      token: config.server.token,
      allowedHosts: config.server.allowedHosts,
      ...options,
      library,
      store,
      platform,
      models,
      flushTraces: async () => tracing?.flush(),
    });
    undo.push(() => server.close());
    const watch = new ObserveWatch(store, models);
    undo.push(() => watch.close());
    const inForce = { config: () => models.config, models: () => models.current };
    const evaluations = servedEvaluations({ store, library, registry, ...inForce });
    const summaries = new SummaryService({ store, library, models });
    undo.push(() => summaries.close());
    const everywhere =
      worker === "here" ? workKinds({ store, library, platform, evaluations, summaries, ...inForce }) : [];
    const working = runWorker(store, [...everywhere, ...platform.answeringKinds()]);
    undo.push(() => working.stop());
    let closing: Promise<void> | undefined;
    return { ...server, library, store, platform, close: () => (closing ??= stop()) };
  } catch (error) {
    await stop();
    throw error;
  }
}

function toServedModel({ id, target, createdAt }: Awaited<ReturnType<typeof registeredModels>>[number]): ServedModel {
  return { id, target, makes: "text", created: Math.floor(createdAt.getTime() / 1000), ownedBy: "registry" };
}
