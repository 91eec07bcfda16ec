import { NotFoundError } from "@loam/core";
import { euler } from "./euler.ts";
import { heun } from "./heun.ts";
import type { Sampler } from "./sampler.ts";
import { unipc } from "./unipc.ts";

/** Every sampler by name. A new one is a file and a row. */
const samplers: Readonly<Record<string, Sampler>> = {
  euler,
  heun: heun(),
  unipc: unipc(),
};

export const samplerNames: readonly string[] = Object.keys(samplers);

/** @throws {NotFoundError} naming the nearest that there is. */
export function samplerOf(name: string): Sampler {
  const sampler = Object.hasOwn(samplers, name) ? samplers[name] : undefined;
  if (!sampler) throw new NotFoundError("sampler", name, { known: samplerNames });
  return sampler;
}
