import { type Codebook, dynamicMap } from "../lowbit/codes.ts";
import { dequantizeBlocks } from "../lowbit/unpack.ts";
import { abs, add, cast, div, equal, greater, mul, reciprocal, sqrt, sub, where } from "../primitives/elementwise.ts";
import { gather } from "../primitives/indexing.ts";
import { flatten, pad, squeeze } from "../primitives/layout.ts";
import { reduceMax } from "../primitives/reduce.ts";
import { reshape } from "../primitives/reshape.ts";
import { sizeOf } from "../tensor/dim.ts";
import { constant, type Tensor, type TensorType } from "../tensor/tensor.ts";
import { type AdamOptions, biasCorrection, moments, shrink } from "./adam.ts";
import { type Optimiser, optimiser, type Slots } from "./optimiser.ts";

/** Entries that share a scale, and the size from which a parameter's state is kept in 8 bits, as in bitsandbytes. */
const blockSize = 256;
const smallestSize = 4096;

/**
 * AdamW whose moments are kept in 8 bits, in blocks with the dynamic data type (arXiv:2110.02861): 2 bytes of state a
 * parameter instead of 8. Parameters of fewer than 4096 entries keep float32 moments.
 */
export function adamW8bit({
  betas: [beta1, beta2] = [0.9, 0.999],
  eps = 1e-8,
  weightDecay = 0.01,
}: Pick<AdamOptions, "betas" | "eps" | "weightDecay"> = {}): Optimiser {
  return optimiser({
    slots({ shape }): Slots<TensorType> {
      const size = sizeOf(shape) as number;
      if (size < smallestSize) return { m: { dtype: "float32", shape }, v: { dtype: "float32", shape } };
      const blocks = Math.ceil(size / blockSize);
      const codes = { dtype: "uint8", shape: [blocks * blockSize] } as const;
      const absmax = { dtype: "float32", shape: [blocks] } as const;
      return { m: codes, mAbsmax: absmax, v: codes, vAbsmax: absmax };
    },
    update(param, gradient, slots, { learningRate, step }) {
      const small = slots.mAbsmax === undefined;
      const shape = param.shape as number[];
      const read = (codes: Tensor, absmax: Tensor | undefined, codebook: Codebook) =>
        small ? codes : dequantizeBlocks(codes, absmax!, { codebook, blockSize, shape });
      const { m, v } = moments(
        gradient,
        read(slots.m!, slots.mAbsmax, signedMap),
        read(slots.v!, slots.vAbsmax, unsignedMap),
        beta1,
        beta2,
      );
      const denominator = add(div(sqrt(v), sqrt(biasCorrection(beta2, step))), eps);
      const rate = div(learningRate, biasCorrection(beta1, step));
      const moved = sub(shrink(param, learningRate, weightDecay), mul(div(m, denominator), rate));
      if (small) return { param: moved, slots: { m, v } as Slots<Tensor> };
      const [storedM, storedV] = [quantizeBlocks(m, signedMap), quantizeBlocks(v, unsignedMap)];
      return {
        param: moved,
        slots: { m: storedM.codes, mAbsmax: storedM.absmax, v: storedV.codes, vAbsmax: storedV.absmax },
      };
    },
  });
}

const signedMap = dynamicMap();
const unsignedMap = dynamicMap({ signed: false });

/** Nearest codes by block, as `quantizeBlockwise` finds them, in graph operations. */
function quantizeBlocks(x: Tensor, codebook: Codebook): { codes: Tensor; absmax: Tensor } {
  const size = sizeOf(x.shape) as number;
  const blocks = Math.ceil(size / blockSize);
  const rows = reshape(pad(flatten(x), { pads: [[0, blocks * blockSize - size]] }), [blocks, blockSize]);
  const absmax = reduceMax(abs(rows), { axes: [-1], keepdims: true });
  const scaled = mul(rows, where(equal(absmax, 0), 0, reciprocal(absmax)));
  return { codes: cast(flatten(countBelow(scaled, codebook)), "uint8"), absmax: squeeze(absmax, -1) };
}

/** How many midpoints of an ascending codebook of 256 lie below x: eight steps of binary search. */
function countBelow(x: Tensor, codebook: Codebook): Tensor {
  const data = Float32Array.from({ length: 255 }, (_, i) => (codebook[i]! + codebook[i + 1]!) / 2);
  const midpoints = constant({ dtype: "float32", shape: [255], data });
  let found = cast(mul(x, 0), "int32");
  for (let stride = 128; stride >= 1; stride /= 2) {
    const above = greater(x, gather(midpoints, add(found, stride - 1)));
    found = add(found, mul(cast(above, "int32"), stride));
  }
  return found;
}
