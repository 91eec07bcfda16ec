import { type Config, type ConfigInput, type LoadedConfig, loadConfig } from "@loam/core";
import { startTracing, type Tracing } from "@loam/observe";
import type { Models } from "@loam/providers";
import type { Library, Recogniser } from "@loam/rag";
import { openStore, type Store } from "@loam/store";
import { lazyRecogniser } from "./lazy-recogniser.ts";

/** What most commands work on, opened from the configuration. Parts that a command does not ask for are not loaded. */
export interface Workspace extends AsyncDisposable {
  readonly config: Config;
  readonly sources: LoadedConfig["sources"];
  readonly store: Store;
  readonly tracing: Tracing | undefined;
  models(): Promise<Models>;
  library(): Promise<Library>;
}

export interface WorkspaceOptions {
  home?: string;
  flags?: ConfigInput;
}

/** Opens the store (in this process, or through the one that has it open) and starts tracing into it. */
export async function openWorkspace({ home, flags = {} }: WorkspaceOptions): Promise<Workspace> {
  const { config, sources } = await loadConfig({ flags: { ...flags, ...(home ? { home } : {}) } });
  const { databaseUrl, blobUrl } = config;
  const store = await openStore({ home: config.home, databaseUrl, blobUrl });
  const tracing = config.tracing.enabled ? startTracing({ store, ...config.tracing }) : undefined;
  let models: Promise<Models> | undefined;
  let library: Promise<Library> | undefined;
  const recogniser = lazyRecogniser();
  const workspace: Workspace = {
    config,
    sources,
    store,
    tracing,
    models: () => (models ??= openModelsOf(workspace)),
    library: () => (library ??= openLibraryOf(workspace, recogniser)),
    async [Symbol.asyncDispose]() {
      await (await library?.catch(() => undefined))?.close();
      await recogniser.close();
      await tracing?.stop();
      await store.close();
    },
  };
  return workspace;
}

async function openModelsOf({ config, sources }: Workspace): Promise<Models> {
  const { openModels } = await import("@loam/providers");
  return openModels(config, { sources });
}

async function openLibraryOf(workspace: Workspace, recogniser: Recogniser): Promise<Library> {
  const { openLibrary } = await import("@loam/rag");
  return openLibrary({ store: workspace.store, models: await workspace.models(), recogniser });
}
