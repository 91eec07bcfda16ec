import { UnavailableError } from "@loam/core";
import type { CheckpointTensor } from "../checkpoints/checkpoint.ts";
import type { DecoderModel } from "../model.ts";

/** From here on weights stay where they are mapped unless asked otherwise: a prepacked copy would double them. */
const LARGE_MODEL_BYTES = 512 * 2 ** 20;

export interface MemoryForecast {
  weightBytes: number;
  /** Copies that the runtime makes for speed, and float32 forms of 16-bit weights. */
  copyBytes: number;
  /** Keys and values of one text as long as the context, or as `tokens` says. */
  cacheBytes: number;
  totalBytes: number;
}

/** "low" for models whose weights are large, "fast" for others. */
export function defaultMemory(model: DecoderModel): "fast" | "low" {
  return weightBytesOf(model) > LARGE_MODEL_BYTES ? "low" : "fast";
}

/** What decoding will take, before anything is opened. */
export function forecastMemory(
  model: DecoderModel,
  {
    memory = defaultMemory(model),
    tokens = Math.min(model.config.maxPositions, 4096),
    batch = 1,
  }: { memory?: "fast" | "low"; tokens?: number; batch?: number } = {},
): MemoryForecast {
  const { layers, keyValueHeads, headDim } = model.config;
  const weightBytes = weightBytesOf(model);
  let copyBytes = 0;
  for (const { dtype, shape } of model.checkpoint.tensors.values()) {
    if (dtype !== "float32") copyBytes += 4 * sizeOf(shape);
    if (memory === "fast" && shape.length === 2) copyBytes += 4 * sizeOf(shape);
  }
  const cacheBytes = 2 * 4 * layers * keyValueHeads * headDim * tokens * batch;
  return { weightBytes, copyBytes, cacheBytes, totalBytes: weightBytes + copyBytes + cacheBytes };
}

/** @throws {UnavailableError} with the forecast when the machine does not have as much memory. */
export function requireMemory(
  forecast: MemoryForecast,
  name: string,
  availableBytes = process.availableMemory(),
): void {
  if (forecast.totalBytes <= availableBytes) return;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new UnavailableError(
    "memory",
    `${name} needs about ${gigabytes(forecast.totalBytes)} (weights ${gigabytes(forecast.weightBytes)}, copies ${gigabytes(forecast.copyBytes)}, ` +
      `keys and values ${gigabytes(forecast.cacheBytes)}), but ${gigabytes(availableBytes)} are free.`,
    {
      details: { ...forecast, availableBytes },
      hint: 'close other programs, pass memory: "low", or choose a smaller model',
    },
  );
}

function weightBytesOf(model: DecoderModel): number {
  const bytesOf = ({ dtype, shape }: CheckpointTensor) => sizeOf(shape) * (dtype === "float32" ? 4 : 2);
  return [...model.checkpoint.tensors.values()].reduce((sum, tensor) => sum + bytesOf(tensor), 0);
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
