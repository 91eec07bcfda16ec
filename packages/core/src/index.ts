export {
  type Config,
  ConfigInput,
  defineConfig,
  type ModelRole,
  type ProviderConfig,
} from "./config.ts";
export { CONFIG_VARIABLES } from "./config-environment.ts";
export { type ConfigRow, describeConfig, type LoadedConfig, loadConfig } from "./config-load.ts";
export { readUserConfig, updateUserConfig, userConfigPath } from "./config-user-file.ts";
export {
  ArgumentError,
  CancelledError,
  type ExitCode,
  InputError,
  LoamError,
  type LoamErrorOptions,
  NotFoundError,
  nearestName,
  ShapeError,
  show,
  throwIfCancelled,
  UnavailableError,
  UnsupportedError,
} from "./errors.ts";
export { type OnProgress, type ProgressEvent, ProgressMeter } from "./progress.ts";
export { Rng } from "./rng.ts";
