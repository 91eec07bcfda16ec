import { concat, constant, cos, mul, reshape, sin, type Tensor, zeros } from "@loam/graph";

/**
 * Features of a time (arXiv:2006.11239, as in DiT): cos then sin of t·10000^(-i/(D/2)), i < D/2; an odd width ends in a zero.
 *
 * @param t float32 [N]
 * @returns [N, D]
 */
export function timestepEmbedding(t: Tensor, width = 256): Tensor {
  const half = Math.floor(width / 2);
  // The references round at every step to float32; so must whoever wants their numbers at t = 999.
  const { fround } = Math;
  const exponent = (i: number) => fround(fround(fround(-Math.log(10_000)) * i) / half);
  const frequencies = Float32Array.from({ length: half }, (_, i) => Math.exp(exponent(i)));
  const angles = mul(reshape(t, [t.shape[0]!, 1]), constant({ dtype: "float32", shape: [half], data: frequencies }));
  const parts = [cos(angles), sin(angles)];
  if (width % 2 === 1) parts.push(zeros([t.shape[0]!, 1]));
  return concat(parts, { axis: 1 });
}
