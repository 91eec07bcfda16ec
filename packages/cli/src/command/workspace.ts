import { type Config, type ConfigInput, type LoadedConfig, loadConfig } from "@loam/core";
import type { Library } from "@loam/library";
import type { LocalProvider } from "@loam/models";
import type { Tracing } from "@loam/observe";
import type { Recogniser } from "@loam/pdf";
import type { Models } from "@loam/providers";
import { openStore, type Store, storeOptions } from "@loam/store";
import type { Io } from "../terminal/io.ts";

/** What most commands work on, opened from the configuration. Parts that a command does not ask for are not loaded. */
export interface Workspace extends AsyncDisposable {
  readonly config: Config;
  readonly sources: LoadedConfig["sources"];
  readonly store: Store;
  /** The models that run in this process. */
  local(): Promise<LocalProvider>;
  models(): Promise<Models>;
  library(): Promise<Library>;
}

export interface WorkspaceOptions {
  home?: string;
  flags?: ConfigInput;
  /** Shows the download of local models; its signal stops it. */
  io?: Pick<Io, "progress" | "signal">;
  /**
   * `withModels`: nothing is recorded, and the package that records is not loaded, until models or the library are asked
   * for. For commands that record nothing without them, and are to start quickly.
   */
  tracing?: "always" | "withModels";
}

/** Opens the store (in this process, or through the one that has it open) and starts tracing into it. */
export async function openWorkspace({
  home,
  flags = {},
  io,
  tracing: traced = "always",
}: WorkspaceOptions): Promise<Workspace> {
  const { config, sources } = await loadConfig({ flags: { ...flags, ...(home ? { home } : {}) } });
  const store = await openStore(storeOptions(config));
  let started: Promise<Tracing | undefined> | undefined;
  const startTracing = () => (started ??= traceInto(store, config.tracing));
  if (traced === "always") await startTracing();
  let local: Promise<LocalProvider> | undefined;
  let models: Promise<Models> | undefined;
  let library: Promise<Library> | undefined;
  let recogniser: Recogniser | undefined;
  const workspace: Workspace = {
    config,
    sources,
    store,
    local: () => (local ??= startTracing().then(() => openLocalModels(io))),
    models: () => (models ??= startTracing().then(() => openModelsOf(workspace))),
    library: () =>
      (library ??= startTracing().then(async () => {
        const [{ lazyRecogniser }, { openLibrary }] = await Promise.all([import("@loam/pdf"), import("@loam/library")]);
        recogniser = lazyRecogniser();
        return openLibrary({ store, models: await workspace.models(), recogniser });
      })),
    async [Symbol.asyncDispose]() {
      await (await library?.catch(() => undefined))?.close();
      await recogniser?.close();
      await (await local?.catch(() => undefined))?.close();
      await (await started)?.stop();
      await store.close();
    },
  };
  return workspace;
}

async function traceInto(store: Store, { enabled, ...options }: Config["tracing"]): Promise<Tracing | undefined> {
  const { startTracing } = await import("@loam/observe");
  return enabled ? startTracing({ store, ...options }) : undefined;
}

async function openLocalModels(io: WorkspaceOptions["io"]): Promise<LocalProvider> {
  const { openLocalProvider } = await import("@loam/providers");
  return openLocalProvider({ onProgress: io?.progress, signal: io?.signal });
}

async function openModelsOf(workspace: Workspace): Promise<Models> {
  const [{ openModels }, { resolveRegistered }] = await Promise.all([
    import("@loam/providers"),
    import("@loam/observe"),
  ]);
  return openModels(workspace.config, {
    sources: workspace.sources,
    local: await workspace.local(),
    registry: (name) => resolveRegistered(workspace.store, name),
  });
}
