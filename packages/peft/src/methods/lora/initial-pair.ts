import { type Rng, UnsupportedError } from "@loam/core";
import type { TensorValue } from "../../layers/method.ts";
import { reducedQr } from "../../numbers/householder.ts";
import { kaimingUniform, normal } from "../../numbers/initial.ts";
import { product, transposed } from "../../numbers/matrix.ts";
import { randomizedSvd, truncatedSvd } from "../../numbers/svd.ts";
import { type LoraConfig, rankOf, scalingOf } from "./config.ts";

/** A [r, I] and B [O, r] at the start of training. */
export interface LoraPair {
  A: Float32Array;
  B: Float32Array;
}

/**
 * Whether the start is taken out of the base's weights: y = (W − s·B₀A₀)x + s·BAx, so that what is trained begins as a part
 * of W instead of nothing.
 */
export function startsFromWeights({ init_lora_weights: init }: LoraConfig): boolean {
  return init === "olora" || String(init).startsWith("pissa");
}

/**
 * The initial A and B of a layer by `init_lora_weights`, as `tuners/lora/layer.py` of PEFT 0.21 has them:
 * - `true`: A as PyTorch's linear layers, B zero; `false`: both as linear layers.
 * - `gaussian`: A normal with σ = 1/r, B zero.
 * - `pissa` (arXiv:2404.02948): W = USVᵀ, A = √(Sᵣ/s)·Vᵣᵀ, B = Uᵣ·√(Sᵣ/s). `pissa_niter_N` finds them by N rounds of subspace
 *   iteration on a random start, which is much quicker for large matrices.
 * - `olora` (arXiv:2406.01775): W = QR, A = Rᵣ, B = Qᵣ.
 * - `orthogonal`: rows of A and columns of B from two halves of an orthogonal basis, so that BA = 0.
 *
 * @param weight the layer's W [O, I].
 * @throws {UnsupportedError} for `eva`, which needs the training data; its finished adapters are read as they are.
 */
export function initialPair(config: LoraConfig, path: string, weight: TensorValue, rng: Rng): LoraPair {
  const init = config.init_lora_weights;
  const [O, I] = weight.shape as [number, number];
  const r = rankOf(config, path);
  const B = () => new Float32Array(O * r);
  const base = { rows: O, columns: I, values: weight.data };
  if (init === true) return { A: kaimingUniform(rng, [r, I]), B: B() };
  if (init === false) return { A: kaimingUniform(rng, [r, I]), B: kaimingUniform(rng, [O, r]) };
  if (init === "gaussian") return { A: normal(1 / r)(rng, [r, I]), B: B() };
  if (init === "orthogonal") return orthogonalPair({ r, O, I }, rng);
  if (init === "olora") {
    const { q, r: triangular } = reducedQr(base);
    const rows = Float32Array.from(triangular.values.subarray(0, r * I));
    return {
      A: rows,
      B: Float32Array.from({ length: O * r }, (_, i) => q.values[Math.floor(i / r) * q.columns + (i % r)]!),
    };
  }
  if (startsFromWeights(config)) {
    const s = scalingOf(config, path);
    const svd =
      init === "pissa"
        ? truncatedSvd(base, r)
        : randomizedSvd(base, r, { iterations: Number(init.slice("pissa_niter_".length)), rng });
    const root = svd.singularValues.map((value) => Math.sqrt(value / s));
    return {
      A: Float32Array.from(svd.right, (x, i) => x * root[Math.floor(i / I)]!),
      B: Float32Array.from(svd.left, (x, i) => x * root[i % r]!),
    };
  }
  throw new UnsupportedError(`init_lora_weights "${init}" is not computed here.`, {
    hint: "choose true, gaussian, pissa, pissa_niter_4, olora or orthogonal",
  });
}

function orthogonalPair({ r, O, I }: { r: number; O: number; I: number }, rng: Rng): LoraPair {
  const random = (rows: number, columns: number) => ({
    rows,
    columns,
    values: Float64Array.from({ length: rows * columns }, () => rng.normal()),
  });
  const { q } = reducedQr(random(r, r));
  const half = (first: number) => ({
    rows: r / 2,
    columns: r,
    values: Float64Array.from(
      { length: (r / 2) * r },
      (_, i) => q.values[(first + 2 * Math.floor(i / r)) * r + (i % r)]!,
    ),
  });
  const A = transposed(product(random(I, r / 2), half(0))); // [r, I]
  const B = product(random(O, r / 2), half(1)); // [O, r]
  return { A: Float32Array.from(A.values, (x) => x / 10), B: Float32Array.from(B.values, (x) => x / 10) };
}
