export { type Budget, BudgetError, withinBudget } from "./budget/budget.ts";
export {
  type Config,
  ConfigInput,
  defineConfig,
  type ModelRole,
  type ProviderConfig,
} from "./config/config.ts";
export { checkConfig } from "./config/config-check.ts";
export { CONFIG_VARIABLES } from "./config/config-environment.ts";
export { type ConfigRow, describeConfig, type LoadedConfig, loadConfig } from "./config/config-load.ts";
export { readUserConfig, updateUserConfig, userConfigPath } from "./config/config-user-file.ts";
export { cutText } from "./cut-text.ts";
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
} from "./errors/errors.ts";
export { loggable } from "./errors/loggable.ts";
export { GrowingArray } from "./growing-array.ts";
export { runAtOnce, runInTurns } from "./in-turns.ts";
export { leave } from "./leave.ts";
export { describeSchema, type FieldSchema } from "./operation/describe-schema.ts";
export {
  type Checkpoint,
  type Lasting,
  type Operation,
  type OperationControls,
  operation,
} from "./operation/operation.ts";
export { fieldSchemas, inputError, parseInput } from "./operation/parse-input.ts";
export { type OnProgress, type ProgressEvent, ProgressMeter } from "./operation/progress.ts";
export { type ProcessIdentity, processState, thisProcess } from "./process-identity.ts";
export { Rng } from "./rng.ts";
export { findColumn, foldHeader } from "./rows/columns.ts";
export { csvField } from "./rows/csv-field.ts";
export { type JsonLine, readJsonLines, toJsonLines } from "./rows/jsonl.ts";
export { parseNumber } from "./rows/number.ts";
export { type RowFormat, readRows } from "./rows/read-rows.ts";
export type { Row, RowAt } from "./rows/row.ts";
export { measureZip, unzip } from "./rows/zip.ts";
export { execWithinTime, withinTime } from "./time-limit.ts";
export { yamlForPython } from "./yaml-for-python.ts";
