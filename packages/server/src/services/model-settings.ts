import { ArgumentError, type Config, type LoadedConfig, type ModelRole, userConfigPath } from "@loam/core";
import { knownProviders, type Models, type OpenModelsOptions, openModels, type RoleReport } from "@loam/providers";
import type { SealedValues } from "../security/sealed.ts";
import { fileSettings, type OwnSettings, sharedSettings } from "./own-settings.ts";

/** A role as the settings show it. */
export interface RoleSetting extends RoleReport {
  /** What the user's own file says. */
  configured: string | null;
  /** What sets the role over the user's file: a variable, a project's file, a flag. */
  fixedBy: string | null;
}

/** Whether a provider has a key; never the key. */
export interface KeySetting {
  provider: string;
  /** Where the key comes from; null without one. */
  source: string | null;
  /** It stands in the user's file, from which it can be taken. */
  removable: boolean;
}

export interface Settings {
  roles: RoleSetting[];
  keys: KeySetting[];
  /** Where they stand: the user's configuration file, which only its owner can read, or the servers' shared settings. */
  userFile: string;
}

const keyedProviders = ["openai", "anthropic", ...knownProviders.map(({ name }) => name)];

/**
 * The models in use, and the change of them while the server runs: what is set here is written to the user's
 * configuration file, or where servers share a database and a token to what they share, and takes effect at once. Only the embedder stays until the next start, since the vectors in the
 * index are those of one model.
 */
export class ModelSettings {
  /** Given to the library, which reads a role each time it needs it. */
  readonly current: Models;
  readonly #load: () => Promise<LoadedConfig>;
  readonly #own: OwnSettings;
  readonly #registry: OpenModelsOptions["registry"];
  #loaded: LoadedConfig;

  private constructor(
    current: Models,
    loaded: LoadedConfig,
    load: () => Promise<LoadedConfig>,
    { own, registry }: { own: OwnSettings; registry: OpenModelsOptions["registry"] },
  ) {
    this.#registry = registry;
    this.current = current;
    this.#loaded = loaded;
    this.#load = load;
    this.#own = own;
  }

  /**
   * @param load reads the configuration in force, as it was read for the program's start.
   * @param options.sealed what servers share; left out, settings are this machine's
   */
  static async open(
    load: () => Promise<LoadedConfig>,
    {
      userFile = userConfigPath(),
      sealed,
      registry,
    }: { userFile?: string; sealed?: SealedValues; registry?: OpenModelsOptions["registry"] } = {},
  ): Promise<ModelSettings> {
    const own = sealed ? sharedSettings(sealed, userFile) : fileSettings(userFile);
    const loaded = await own.over(await load());
    const current = await openModels(loaded.config, { sources: loaded.sources, registry });
    return new ModelSettings({ ...current }, loaded, load, { own, registry });
  }

  /** The configuration in force. */
  get config(): Config {
    return this.#loaded.config;
  }

  async settings(): Promise<Settings> {
    const { config, sources } = this.#loaded;
    const own = await this.#own.read();
    const others = Object.keys(config.providers).filter((name) => !keyedProviders.includes(name));
    return {
      roles: this.current.describe().map((report) => {
        const source = sources.get(`models.${report.role}`);
        return {
          ...report,
          configured: own.models?.[report.role] ?? null,
          fixedBy: source === undefined || source === this.#own.place ? null : source,
        };
      }),
      keys: [...keyedProviders, ...others].map((provider) => {
        const source = sources.get(`providers.${provider}.apiKey`) ?? null;
        return { provider, source, removable: own.providers?.[provider]?.apiKey !== undefined };
      }),
      userFile: this.#own.place,
    };
  }

  /**
   * Sets the model of a role; null leaves the role to what the environment offers.
   *
   * @throws {ArgumentError} when the name cannot be read, its provider is not known, or the role is set elsewhere.
   */
  async setRole(role: ModelRole, model: string | null): Promise<void> {
    const source = this.#loaded.sources.get(`models.${role}`);
    if (source !== undefined && source !== this.#own.place)
      throw new ArgumentError("role", role, `a role that ${source} does not set`, `change it there: ${source}`);
    const { config } = this.#loaded;
    if (model !== null)
      await openModels({ ...config, models: { ...config.models, [role]: model } }, { registry: this.#registry }); // or throws
    await this.#own.update((own) => {
      const { [role]: _, ...models } = own.models ?? {};
      return { ...own, models: model === null ? models : { ...models, [role]: model } };
    });
    await this.#reload();
  }

  /** Writes a provider's key to the user's file (mode 600), or takes it out. */
  async setKey(provider: string, key: string | null): Promise<void> {
    await this.#own.update((own) => {
      const { apiKey: _, ...rest } = own.providers?.[provider] ?? {};
      return { ...own, providers: { ...own.providers, [provider]: key === null ? rest : { ...rest, apiKey: key } } };
    });
    await this.#reload();
  }

  /** Takes up what was set at another server, now and then. @returns ends it. */
  follow({ everyMs = 2000, onChange = () => {} }: { everyMs?: number; onChange?: () => void } = {}): () => void {
    let seen: string | undefined;
    const look = async () => {
      const text = JSON.stringify(await this.#own.read());
      if (text === seen) return;
      const isFirst = seen === undefined;
      seen = text;
      if (!isFirst) await this.#reload();
      onChange();
    };
    // The database is away, or a setting cannot be taken up here: the next look tries again.
    const timer = setInterval(() => void look().catch(() => {}), everyMs);
    timer.unref();
    return () => clearInterval(timer);
  }

  async #reload(): Promise<void> {
    this.#loaded = await this.#own.over(await this.#load());
    const { config, sources } = this.#loaded;
    const { chat, vision, judge, reranker, describe } = await openModels(config, {
      sources,
      embed: this.current.embed,
      registry: this.#registry,
    });
    const embed = this.current.describe().filter(({ role }) => role === "embed");
    const reports = describe().map((report) => (report.role === "embed" ? (embed[0] ?? report) : report));
    Object.assign(this.current, { chat, vision, judge, reranker, describe: () => reports });
  }
}
