import type { Tensor } from "@loam/graph";
import { Modules } from "@loam/models";

/** Modules whose weights are given as tensors by name. */
export const modulesOf = (tensors: Readonly<Record<string, Tensor>>): Modules =>
  new Modules({ has: (name) => name in tensors, get: (name) => tensors[name]! });
