import { ArgumentError } from "@loam/core";
import type { TensorValue } from "../../layers/method.ts";
import { reducedQr } from "../../numbers/householder.ts";
import { product, transposed } from "../../numbers/matrix.ts";
import { type TruncatedSvd, truncatedSvd } from "../../numbers/svd.ts";
import type { CombinationType } from "./combine.ts";
import { concatenated, type Part } from "./lora-pairs.ts";
import { type Arithmetic, combineTensors } from "./task-arithmetic.ts";

/** The pair of the given rank that comes nearest to the combined update: A = Vᵀ, B = US. */
export function combineThroughSvd(
  type: CombinationType,
  parts: readonly Part[],
  rank: number,
  { svdClamp, ...options }: Parameters<typeof combineTensors>[3] & { svdClamp: number | undefined },
): { A: TensorValue; B: TensorValue } {
  const [O, I] = [parts[0]!.B.shape[0]!, parts[0]!.A.shape[1]!];
  const most = Math.min(rank, O, I);
  const svd = type === "svd" ? svdOfSum(parts, most) : svdOfPruned(type, parts, most, options);
  const A = Float32Array.from(svd.right);
  const B = Float32Array.from(svd.left, (x, i) => x * svd.singularValues[i % svd.rank]!);
  if (svdClamp !== undefined) clampTogether([A, B], svdClamp);
  return { A: { shape: [svd.rank, I], data: A }, B: { shape: [O, svd.rank], data: B } };
}

/** Σ BᵢAᵢ never becomes a whole matrix: with B = Q₁R₁ and Aᵀ = Q₂R₂ it is Q₁(R₁R₂ᵀ)Q₂ᵀ, and only the middle is decomposed. */
function svdOfSum(parts: readonly Part[], rank: number): TruncatedSvd {
  const { A, B } = concatenated(parts);
  const matrix = ({ shape, data }: TensorValue) => ({ rows: shape[0]!, columns: shape[1]!, values: data });
  const [left, right] = [reducedQr(matrix(B)), reducedQr(transposed(matrix(A)))];
  const middle = product(left.r, transposed(right.r));
  const svd = truncatedSvd(middle, Math.min(rank, middle.rows, middle.columns));
  const inner = { rows: middle.rows, columns: svd.rank, values: svd.left };
  const outer = { rows: svd.rank, columns: middle.columns, values: svd.right };
  return { ...svd, left: product(left.q, inner).values, right: product(outer, transposed(right.q)).values };
}

function svdOfPruned(
  type: CombinationType,
  parts: readonly Part[],
  rank: number,
  options: Parameters<typeof combineTensors>[3],
): TruncatedSvd {
  const [rows, columns] = [parts[0]!.B.shape[0]!, parts[0]!.A.shape[1]!];
  const updates = parts.map(({ A, B, scale }) => {
    const { values } = product(
      { rows, columns: B.shape[1]!, values: B.data },
      { rows: A.shape[0]!, columns, values: A.data },
    );
    return Float32Array.from(values, (x) => x * scale);
  });
  const how = type.slice(0, -"_svd".length) as Arithmetic;
  const weights = parts.map(({ weight }) => weight);
  return truncatedSvd({ rows, columns, values: combineTensors(how, updates, weights, options) }, rank);
}

/** `torch.quantile` with linear interpolation over the entries of all arrays, then clipping at ± that. */
function clampTogether(arrays: readonly Float32Array[], quantile: number): void {
  if (!(quantile > 0 && quantile <= 1)) throw new ArgumentError("svdClamp", quantile, "a number from 0 to 1");
  const all = Float32Array.from(arrays.flatMap((array) => [...array])).sort();
  const place = quantile * (all.length - 1);
  const below = Math.floor(place);
  const bound = all[below]! + (place - below) * (all[Math.min(below + 1, all.length - 1)]! - all[below]!);
  for (const array of arrays)
    for (let i = 0; i < array.length; i++) array[i] = Math.min(Math.max(array[i]!, -bound), bound);
}
