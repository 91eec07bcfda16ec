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
export { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from "./float16.ts";
export { GgufFile, type GgufTensor, type GgufValue } from "./gguf.ts";
export { type GgufField, type GgufFloatType, type GgufTensorToWrite, writeGguf } from "./gguf-write.ts";
export { type JsonLine, readJsonLines, toJsonLines } from "./jsonl.ts";
export { describeSchema, type FieldSchema } from "./operation/describe-schema.ts";
export {
  type Checkpoint,
  type Lasting,
  type Operation,
  type OperationControls,
  operation,
} from "./operation/operation.ts";
export { fieldSchemas, inputError, parseInput } from "./operation/parse-input.ts";
export { type ProcessIdentity, processState, thisProcess } from "./process-identity.ts";
export { type OnProgress, type ProgressEvent, ProgressMeter } from "./progress.ts";
export { Rng } from "./rng.ts";
export { findColumn, foldHeader } from "./rows/columns.ts";
export { parseNumber } from "./rows/number.ts";
export { type RowFormat, readRows } from "./rows/read-rows.ts";
export type { Row, RowAt } from "./rows/row.ts";
export {
  readSafetensors,
  type SafetensorsDtype,
  SafetensorsFile,
  type TensorData,
  type TensorEntry,
  type TensorToWrite,
  toFloat32,
  writeSafetensors,
} from "./safetensors.ts";
export { yamlForPython } from "./yaml-for-python.ts";
export { measureZip } from "./zip.ts";
