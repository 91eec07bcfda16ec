import type { Tensor } from "@loam/graph";
import type { Parameters } from "@loam/models";

/** A model's parameters with some of them replaced. */
export function overlay(parameters: Parameters, replaced: Readonly<Record<string, Tensor>>): Parameters {
  if (Object.keys(replaced).length === 0) return parameters;
  return {
    rearrange: parameters.rearrange,
    has: (name) => Object.hasOwn(replaced, name) || parameters.has(name),
    get: (name) => (Object.hasOwn(replaced, name) ? replaced[name]! : parameters.get(name)),
    ...(parameters.packedMatmul && {
      packedMatmul: (name, x) => (Object.hasOwn(replaced, name) ? undefined : parameters.packedMatmul!(name, x)),
    }),
  };
}
