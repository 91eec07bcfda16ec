import { add, linear, type Tensor } from "@loam/graph";
import type { BaseLayer } from "./base-layer.ts";
import { patternValue } from "./targets.ts";

/** y = (W + ΔW)x: the forward pass of methods whose update is a whole matrix ΔW [O, I]. */
export function deltaForward(base: BaseLayer, delta: Tensor, x: Tensor): Tensor {
  return add(base.forward(x), linear(x, delta));
}

/** α/r of a layer under PEFT's patterns. */
export function alphaOverRank(
  config: {
    r: number;
    alpha: number;
    rank_pattern?: Readonly<Record<string, number>> | null;
    alpha_pattern?: Readonly<Record<string, number>> | null;
  },
  path: string,
): { r: number; scale: number } {
  const r = patternValue(config.rank_pattern, path) ?? config.r;
  return { r, scale: (patternValue(config.alpha_pattern, path) ?? config.alpha) / r };
}
