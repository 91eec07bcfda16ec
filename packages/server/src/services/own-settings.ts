import {
  type Config,
  type ConfigInput,
  checkConfig,
  type LoadedConfig,
  type ModelRole,
  readUserConfig,
  updateUserConfig,
} from "@loam/core";
import { addSecret } from "@loam/observe";
import type { SealedValues } from "../security/sealed.ts";

/** What people set while a server runs, and where it stands. */
export interface OwnSettings {
  /** As sources name it. */
  readonly place: string;
  read(): Promise<ConfigInput>;
  update(change: (current: ConfigInput) => ConfigInput): Promise<void>;
  /** The configuration with these settings in it, where nothing stronger says otherwise. */
  over(loaded: LoadedConfig): Promise<LoadedConfig>;
}

/** Settings in the user's file: it is read with the configuration. */
export const fileSettings = (userFile: string): OwnSettings => ({
  place: userFile,
  read: () => readUserConfig(userFile),
  update: async (change) => void (await updateUserConfig(change, userFile)),
  over: async (loaded) => loaded,
});

/**
 * Settings that all servers and workers with the same database and token have, sealed, since they may hold keys. They go over the
 * user's file of each machine, and below what variables, flags and a project's file say.
 */
export function sharedSettings(sealed: SealedValues, userFile: string): OwnSettings {
  const name = "settings";
  const place = "the servers' shared settings";
  const read = async (): Promise<ConfigInput> => checkConfig(JSON.parse((await sealed.get(name)) ?? "{}"), place);
  return {
    place,
    read,
    update: async (change) => {
      await sealed.set(name, JSON.stringify(checkConfig(change(structuredClone(await read())), place)));
    },
    over: async ({ config, sources }) => {
      const own = await read();
      const next: Config = { ...config, models: { ...config.models }, providers: { ...config.providers } };
      const nextSources = new Map(sources);
      const take = (path: string, set: () => void) => {
        const source = sources.get(path);
        if (source !== undefined && source !== "default" && source !== userFile) return;
        set();
        nextSources.set(path, place);
      };
      for (const [role, model] of Object.entries(own.models ?? {}))
        if (model) take(`models.${role}`, () => Object.assign(next.models, { [role as ModelRole]: model }));
      for (const [provider, { apiKey }] of Object.entries(own.providers ?? {}))
        if (apiKey)
          take(`providers.${provider}.apiKey`, () => {
            addSecret(apiKey);
            next.providers[provider] = { ...next.providers[provider], apiKey };
          });
      return { config: next, sources: nextSources };
    },
  };
}
