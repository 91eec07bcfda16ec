import { add, cast, div, greater, linear, maximum, mul, reduceMean, reshape, type Tensor } from "@loam/graph";
import type { BaseLayer } from "./base-layer.ts";
import type { Chance } from "./method.ts";
import { patternValue } from "./targets.ts";

/** y = (W + ΔW)x: the forward pass of methods whose update is a whole matrix ΔW [O, I]. */
export function deltaForward(base: BaseLayer, delta: Tensor, x: Tensor): Tensor {
  return add(base.forward(x), linear(x, delta));
}

/** What a training step leaves out of ΔW: rows, and whole layers. Probabilities. */
export interface DeltaDropout {
  rows: number;
  layer: number;
  /** Whether the rows that stay are scaled up by one over their share. */
  rescale: boolean;
}

/**
 * ΔW [O, I] with rows dropped at random, and now and then the whole of it, as LoHa and LoKr do while training
 * (`get_delta_weight` and `forward` of PEFT 0.21's `tuners/loha/layer.py` and `tuners/lokr/layer.py`). Where PEFT divides by
 * zero, because every row was dropped, nothing is left here.
 */
export function droppedDelta(
  delta: Tensor,
  path: string,
  { rows, layer, rescale }: DeltaDropout,
  { uniform }: Chance,
): Tensor {
  if (!uniform) return delta;
  const [O] = delta.shape as [number, number];
  let dropped = delta;
  if (rows > 0) {
    const kept = cast(greater(uniform(`${path}.rank_dropout`, [O, 1]), rows), "float32");
    const share = maximum(reduceMean(kept, { axes: [0, 1] }), 1 / O); // [1, 1]
    dropped = mul(dropped, rescale ? div(kept, share) : kept);
  }
  if (layer > 0) {
    const kept = cast(greater(uniform(`${path}.module_dropout`, [1]), layer), "float32");
    dropped = mul(dropped, reshape(kept, [1, 1]));
  }
  return dropped;
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
