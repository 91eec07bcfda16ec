import { UnavailableError } from "@loam/core";
import type { CheckpointTensor } from "../checkpoints/checkpoint.ts";
import type { DecoderModel } from "../model/model.ts";

export interface MemoryForecast {
  weightBytes: number;
  /** Copies that the runtime makes for speed, and float32 forms of 16-bit weights. */
  copyBytes: number;
  /** Keys and values of one text as long as the context, or as `tokens` says. */
  cacheBytes: number;
  totalBytes: number;
}

/** What decoding will take, before anything is opened. */
export function forecastMemory(
  model: DecoderModel,
  {
    weights = "mapped",
    tokens = Math.min(model.config.maxPositions, 4096),
    batch = 1,
  }: { weights?: "mapped" | "packed"; tokens?: number; batch?: number } = {},
): MemoryForecast {
  const { layers, keyValueHeads, headDim } = model.config;
  const weightBytes = weightBytesOf(model);
  let copyBytes = 0;
  for (const { dtype, shape } of model.checkpoint.tensors.values()) {
    if (dtype !== "float32") copyBytes += 4 * sizeOf(shape);
    if (weights === "packed" && shape.length === 2) copyBytes += 4 * sizeOf(shape);
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
      hint: 'close other programs, leave out weights: "packed", or choose a smaller model',
    },
  );
}

function weightBytesOf(model: DecoderModel): number {
  const bytesOf = ({ dtype, shape }: CheckpointTensor) => sizeOf(shape) * (dtype === "float32" ? 4 : 2);
  return [...model.checkpoint.tensors.values()].reduce((sum, tensor) => sum + bytesOf(tensor), 0);
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
