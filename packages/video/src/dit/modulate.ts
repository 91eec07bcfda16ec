import { add, layerNorm, mul, ones, type Tensor, zeros } from "@loam/graph";

/** LayerNorm without weights: the norm in front of every modulation. x [..., D]. */
export function plainNorm(x: Tensor, { eps = 1e-6 }: { eps?: number } = {}): Tensor {
  const D = x.shape.at(-1) as number;
  // With constant weights it is one fused operator.
  return layerNorm(x, ones([D]), zeros([D]), { eps });
}

/** norm(x)·(1 + scale) + shift: adaptive layer norm (arXiv:2212.09748 §3.2). shift and scale [B, 1 or T, D]. */
export const modulate = (
  x: Tensor,
  { shift, scale }: { shift: Tensor; scale: Tensor },
  options?: { eps?: number },
): Tensor => add(mul(plainNorm(x, options), add(1, scale)), shift);
