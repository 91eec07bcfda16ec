import type { AdapterConfig } from "../../layers/method.ts";
import type { Recipe } from "../recipe/recipe.ts";
import type { MicroBatch } from "../steps/gradients.ts";

/** Tensors cross through files that the worker inherits under these numbers, messages through Node's channel. */
export const paramsFd = 4;
export const gradsFd = 5;

type Shapes = Record<string, { shape: readonly number[] }>;

/** What the trainer asks of a worker. */
export type ToWorker =
  | { kind: "open"; recipe: Recipe; threads: number }
  | { kind: "compile"; config: AdapterConfig; shapes: Shapes; gradShapes: Shapes }
  /** The parameters lie in the exchange. */
  | { kind: "gradients"; micro: MicroBatch[] };

/** What a worker answers. */
export type FromWorker =
  | { kind: "opened" }
  | { kind: "compiled" }
  | { kind: "progress"; done: number }
  /** The gradients lie in the exchange. */
  | { kind: "gradients"; loss: number }
  | { kind: "error"; code: string; message: string; details: Record<string, unknown> };
