import { ArgumentError } from "@loam/core";
import { expand } from "../primitives/broadcast.ts";
import { matmul } from "../primitives/matmul.ts";
import { reshape } from "../primitives/reshape.ts";
import { mulDims } from "../tensor/dim.ts";
import { constant, type Tensor } from "../tensor/tensor.ts";

/**
 * Enlarges the last two axes by a whole number, as `interpolate(align_corners=False)` does in PyTorch.
 *
 * @param x [B, C, H, W]; for "bilinear", H and W must be numbers.
 * @throws {ArgumentError} unless scale is a positive integer and, where it interpolates, height and width are numbers.
 */
export function upsample(
  x: Tensor,
  { scale, mode = "nearest" }: { scale: number; mode?: "nearest" | "bilinear" },
): Tensor {
  if (!Number.isInteger(scale) || scale < 1) throw new ArgumentError("scale", scale, "a positive integer");
  const [B, C, H, W] = x.shape as [number, number, number, number];
  if (mode === "nearest") {
    const apart = reshape(x, [B, C, H, 1, W, 1]);
    return reshape(expand(apart, [B, C, H, scale, W, scale]), [B, C, mulDims(H, scale), mulDims(W, scale)]);
  }
  if (typeof H !== "number" || typeof W !== "number") {
    throw new ArgumentError("x", `[B, C, ${H}, ${W}]`, "a height and width that are numbers", 'use mode "nearest"');
  }
  return matmul(matmul(linearWeights(H, scale), x), linearWeights(W, scale), { transposeB: true });
}

/** Row i of [size·scale, size] mixes the two entries around position (i + ½) / scale - ½, clamped to the ends. */
function linearWeights(size: number, scale: number): Tensor {
  const data = new Float32Array(size * scale * size);
  for (let i = 0; i < size * scale; i++) {
    const position = Math.max(0, (i + 0.5) / scale - 0.5);
    const left = Math.min(Math.floor(position), size - 1);
    const right = Math.min(left + 1, size - 1);
    data[i * size + left]! += 1 - (position - left);
    data[i * size + right]! += position - left;
  }
  return constant({ dtype: "float32", shape: [size * scale, size], data });
}
