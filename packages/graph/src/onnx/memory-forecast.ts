import { UnavailableError } from "@loam/core";
import { isName, type Shape, sizeOf, termsOf } from "../tensor/dim.ts";
import type { OnnxGraph } from "./model.ts";

export interface GraphMemory {
  weightBytes: number;
  inputBytes: number;
  /** Results on the way, at the moment when most of them are still needed. */
  activationBytes: number;
  totalBytes: number;
}

/**
 * What a run will take, from the shapes in the graph: an estimate, since ONNX Runtime orders and fuses nodes itself and its
 * kernels have working memory of their own. Shapes with named dimensions count with 1 for each name: a lower bound.
 */
export function graphMemory(graph: OnnxGraph): GraphMemory {
  const weightBytes = graph.initializers.reduce((sum, { dtype, shape }) => sum + bytesOf(dtype, shape), 0);
  const inputs = graph.inputs.map(({ type }) => bytesOf(type.dtype, type.shape ?? []));
  const inputBytes = inputs.reduce((sum, bytes) => sum + bytes, 0);
  const lastUse = new Map<string, number>();
  for (const [at, { inputs }] of graph.nodes.entries()) for (const name of inputs) lastUse.set(name, at);
  const live = new Map<string, number>();
  let now = 0;
  let activationBytes = 0;
  for (const [at, { inputs, outputs }] of graph.nodes.entries()) {
    for (const name of outputs) {
      const type = graph.types?.get(name);
      const bytes = type ? bytesOf(type.dtype, type.shape) : Math.max(0, ...inputs.map((x) => live.get(x) ?? 0));
      live.set(name, bytes);
      now += bytes;
    }
    activationBytes = Math.max(activationBytes, now);
    for (const name of new Set(inputs)) {
      if (lastUse.get(name) !== at) continue;
      now -= live.get(name) ?? 0;
      live.delete(name);
    }
  }
  return { weightBytes, inputBytes, activationBytes, totalBytes: weightBytes + inputBytes + activationBytes };
}

/** @throws {UnavailableError} with the forecast when it is over the limit. */
export function requireGraphMemory(graph: OnnxGraph, limitBytes: number): void {
  const forecast = graphMemory(graph);
  if (forecast.totalBytes <= limitBytes) return;
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  throw new UnavailableError(
    "memory",
    `${graph.name} needs about ${megabytes(forecast.totalBytes)} (weights ${megabytes(forecast.weightBytes)}, inputs ${megabytes(forecast.inputBytes)}, ` +
      `results on the way ${megabytes(forecast.activationBytes)}), but the limit is ${megabytes(limitBytes)}.`,
    { details: { ...forecast, limitBytes }, hint: "use a smaller batch or shorter texts, or `checkpoint` the layers" },
  );
}

function bytesOf(dtype: string, shape: Shape): number {
  const size = termsOf(sizeOf(shape.map((dim) => (typeof dim === "string" && isName(dim) ? 1 : dim))));
  return (
    size.reduce((sum, { coefficient }) => sum + coefficient, 0) *
    (/64$/.test(dtype) ? 8 : /32$/.test(dtype) ? 4 : /16$/.test(dtype) ? 2 : 1)
  );
}
