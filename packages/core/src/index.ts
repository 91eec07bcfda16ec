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
