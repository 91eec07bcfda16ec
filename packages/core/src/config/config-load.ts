import { CONFIG_DEFAULTS, type Config, type ConfigInput } from "./config.ts";
import { checkConfig, isSecret } from "./config-check.ts";
import { nest, readEnvironment } from "./config-environment.ts";
import { findConfigFile, readConfigFile } from "./config-files.ts";
import { readUserConfig, userConfigPath } from "./config-user-file.ts";

/** The configuration in force, and where each of its values comes from. */
export interface LoadedConfig {
  config: Config;
  /** By path: `server.port` → `/home/ada/paper/loam.config.ts`, `environment (LOAM_PORT)`, `flag` or `default`. */
  sources: ReadonlyMap<string, string>;
}

/** One value as it may be shown: a secret is masked. */
export interface ConfigRow {
  path: string;
  value: string;
  source: string;
}

/**
 * Reads the configuration. Later layers win, value by value: defaults, the user's file, the nearest `loam.config.ts`
 * or `.json` (`cwd` and the folders above), the environment, flags.
 *
 * @throws {InputError} naming the layer, the wrong value and the nearest known name.
 */
export async function loadConfig({
  cwd = process.cwd(),
  env = process.env,
  flags = {},
  userFile = userConfigPath(env),
}: {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  flags?: ConfigInput;
  userFile?: string;
} = {}): Promise<LoadedConfig> {
  const values = new Map<string, { value: unknown; source: string }>();
  const add = (layer: ConfigInput, source: string) => {
    for (const [path, value] of leaves(layer)) values.set(path, { value, source });
  };
  add(CONFIG_DEFAULTS, "default");
  add(await readUserConfig(userFile), userFile);
  const file = findConfigFile(cwd);
  if (file) add(checkConfig(await readConfigFile(file), file), file);
  for (const { variable, path, value } of readEnvironment(env)) {
    add(checkConfig(nest(path, value), `environment (${variable})`), `environment (${variable})`);
  }
  add(checkConfig(flags, "flag"), "flag");
  for (const [path, { value }] of [...values]) {
    const key = path.endsWith(".apiKeyEnv") ? env[value as string] : undefined;
    if (key) values.set(path.replace(/Env$/, ""), { value: key, source: `environment (${value})` });
  }
  return { config: assemble(values), sources: new Map([...values].map(([path, { source }]) => [path, source])) };
}

/** Every value with its source, secrets masked, in order: what `loam config` prints. */
export function describeConfig({ config, sources }: LoadedConfig): ConfigRow[] {
  return [...leaves(config)]
    .map(([path, value]) => ({
      path,
      value: mask(path, shownValue(path, value)),
      source: sources.get(path) ?? "default",
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Functions are code, and may hold keys in their headers: they are counted. */
function shownValue(path: string, value: unknown): string {
  if (path === "functions") return `${(value as readonly unknown[]).length} given`;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A secret keeps at most its last four characters, an URL loses its password. */
function mask(path: string, value: string): string {
  if (URL.canParse(value)) {
    const url = new URL(value);
    if (url.password) url.password = "****";
    for (const name of url.searchParams.keys()) {
      if (/secret|password|token|key/i.test(name)) url.searchParams.set(name, "****");
    }
    return url.password || url.search ? url.href : value;
  }
  if (!isSecret(path)) return value;
  return value.length >= 16 ? `****${value.slice(-4)}` : "****";
}

/** Values that are set as a whole: the names in them may hold dots (`gpt-4.1-mini`). */
const wholeValues = new Set(["server.aliases"]);

function* leaves(layer: object, prefix = ""): Generator<[path: string, value: unknown]> {
  for (const [name, value] of Object.entries(layer)) {
    if (value === undefined) continue;
    const isGroup = typeof value === "object" && value !== null && !Array.isArray(value);
    if (isGroup && !wholeValues.has(prefix + name)) yield* leaves(value, `${prefix}${name}.`);
    else yield [prefix + name, value];
  }
}

function assemble(values: ReadonlyMap<string, { value: unknown }>): Config {
  const config: Record<string, unknown> = { server: {}, models: {}, providers: {}, tracing: {} };
  for (const [path, { value }] of values) {
    const names = path.split(".");
    let at = config;
    for (const name of names.slice(0, -1)) at = (at[name] ??= {}) as Record<string, unknown>;
    at[names.at(-1)!] = value;
  }
  return config as unknown as Config;
}
