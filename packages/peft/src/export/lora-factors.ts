import { ArgumentError, UnsupportedError } from "@loam/core";
import type { Adapter } from "../files/adapter-files.ts";
import { fitAdapter } from "../files/fit-adapter.ts";
import { alphaOverRank } from "../layers/delta-forward.ts";
import type { LinearLayer } from "../layers/linear-layers.ts";
import type { AdapterConfig, BaseModel, TensorValue } from "../layers/method.ts";
import { prefix } from "../layers/trained-modules.ts";
import type { AdaloraConfig } from "../methods/adalora/config.ts";
import type { LohaConfig } from "../methods/loha/config.ts";
import type { LokrConfig } from "../methods/lokr/config.ts";
import { type LoraConfig, scalingOf } from "../methods/lora/config.ts";
import { plainLora } from "../methods/lora/plain-lora.ts";
import { reducedQr } from "../numbers/householder.ts";
import { type Float64Matrix, product, transposed } from "../numbers/matrix.ts";
import { truncatedSvd } from "../numbers/svd.ts";

/** The update of one linear layer as a product: ΔW = scale · B·A. */
export interface LoraFactors {
  layer: LinearLayer;
  /** [r, I] */
  A: Float64Matrix;
  /** [O, r] */
  B: Float64Matrix;
  scale: number;
  /** ‖ΔW − scale·B·A‖ / ‖ΔW‖ (Frobenius), 0 where nothing was cut. */
  relativeError: number;
}

type Tensors = Readonly<Record<string, TensorValue>>;
type Exact = { A: Float64Matrix; B: Float64Matrix; scale: number };

/** How each method's update of a layer is a product of two matrices. Methods that are not here have no such form. */
const exactFactors: Record<string, (tensors: Tensors, config: AdapterConfig, path: string) => Exact> = {
  LORA: (tensors, config, path) => ({
    A: matrixOf(tensors["lora_A.weight"]!),
    B: matrixOf(tensors["lora_B.weight"]!),
    scale: scalingOf(config as LoraConfig, path),
  }),
  /** B·diag(E)·A, α/(init_r + 10⁻⁵). */
  ADALORA: (tensors, config) => {
    const { lora_alpha, init_r } = config as AdaloraConfig;
    const A = matrixOf(tensors.lora_A!);
    const E = tensors.lora_E!.data;
    const values = A.values.map((x, at) => x * E[Math.floor(at / A.columns)]!);
    return { A: { ...A, values }, B: matrixOf(tensors.lora_B!), scale: lora_alpha / (init_r + 1e-5) };
  },
  /** (w1a·w1b) ∘ (w2a·w2b) is the product of the row-wise and column-wise products of their factors, of rank r². */
  LOHA: (tensors, config, path) => {
    const part = (name: string) => matrixOf(tensors[name]!);
    return {
      A: transposed(rowwiseProduct(transposed(part("hada_w1_b")), transposed(part("hada_w2_b")))),
      B: rowwiseProduct(part("hada_w1_a"), part("hada_w2_a")),
      scale: alphaOverRank(config as LohaConfig, path).scale,
    };
  },
  /** (U₁V₁) ⊗ (U₂V₂) = (U₁ ⊗ U₂)(V₁ ⊗ V₂). */
  LOKR: (tensors, config, path) => {
    const [u1, v1] = halves(tensors, "lokr_w1");
    const [u2, v2] = halves(tensors, "lokr_w2");
    return { A: kronecker(v1, v2), B: kronecker(u1, u2), scale: alphaOverRank(config as LokrConfig, path).scale };
  },
};

/**
 * The update of every layer that an adapter changes, as the two factors of a LoRA. LoRA, AdaLoRA, LoHa and LoKr have them
 * exactly; a `rank` keeps the largest singular values only (all layers get at most that rank).
 *
 * @throws {UnsupportedError} for methods and options whose effect is no low-rank change of linear layers, saying which.
 */
export async function loraFactorsOf(
  base: BaseModel,
  adapter: Adapter,
  { rank }: { rank?: number } = {},
): Promise<LoraFactors[]> {
  if (rank !== undefined && (!Number.isInteger(rank) || rank < 1))
    throw new ArgumentError("rank", rank, "a whole number from 1");
  const type = adapter.method.type;
  const factorsOf = exactFactors[type];
  if (!factorsOf) throw noLora(`${type} adapters change a model in another way than a low-rank update does.`, adapter);
  const fitted = await fitAdapter(base, adapter);
  const { config, tensors } = type === "LORA" ? plainLora(fitted.config as LoraConfig, fitted.tensors) : fitted;
  const factors: LoraFactors[] = [];
  const known = new Set<string>();
  for (const layer of base.linearLayers) {
    const own = ownTensors(tensors, layer.path);
    for (const name of Object.keys(own)) known.add(`${prefix}${layer.path}.${name}`);
    const names = Object.keys(own).filter((name) => /^(lora_|hada_|lokr_)/.test(name));
    if (names.length === 0) continue;
    const more = names.find((name) => /magnitude|bias/.test(name));
    if (more)
      throw noLora(
        `"${layer.path}.${more}" (${more.includes("bias") ? "a trained bias" : "DoRA"}) is no low-rank update.`,
        adapter,
      );
    const exact = factorsOf(own, config, layer.path);
    if (exact.A.rows === 0) continue; // AdaLoRA pruned every rank
    factors.push({
      layer,
      ...(rank !== undefined && rank < exact.A.rows ? truncated(exact, rank) : { ...exact, relativeError: 0 }),
    });
  }
  const other = Object.keys(tensors).find(
    (key) => !known.has(key) || /(base_layer|modules_to_save|\.bias$)/.test(key.slice(prefix.length)),
  );
  if (other !== undefined)
    throw noLora(`It has weights of its own besides ("${other.slice(prefix.length)}").`, adapter);
  return factors;
}

function noLora(reason: string, { method }: Adapter): UnsupportedError {
  return new UnsupportedError(`The adapter cannot become a plain LoRA: ${reason}`, {
    details: { peft_type: method.type, convertible: Object.keys(exactFactors) },
    hint: method.merge
      ? "merge it into its base and export the merged model (`loam merge`)"
      : "it cannot be merged either: keep it beside its base in Loam or PEFT",
  });
}

function ownTensors(tensors: Tensors, path: string): Record<string, TensorValue> {
  const start = `${prefix}${path}.`;
  return Object.fromEntries(
    Object.entries(tensors).flatMap(([key, tensor]) =>
      key.startsWith(start) ? [[key.slice(start.length), tensor]] : [],
    ),
  );
}

function matrixOf({ shape, data }: TensorValue): Float64Matrix {
  return { rows: shape[0]!, columns: shape[1]!, values: Float64Array.from(data) };
}

/** a [n, r], b [n, s] → [n, r·s]: each row is the Kronecker product of the two rows. */
function rowwiseProduct(a: Float64Matrix, b: Float64Matrix): Float64Matrix {
  const columns = a.columns * b.columns;
  const values = new Float64Array(a.rows * columns);
  for (let at = 0; at < values.length; at++) {
    const [row, column] = [Math.floor(at / columns), at % columns];
    values[at] =
      a.values[row * a.columns + Math.floor(column / b.columns)]! * b.values[row * b.columns + (column % b.columns)]!;
  }
  return { rows: a.rows, columns, values };
}

/** a [m, n] ⊗ b [p, q] → [m·p, n·q]. */
function kronecker(a: Float64Matrix, b: Float64Matrix): Float64Matrix {
  const [rows, columns] = [a.rows * b.rows, a.columns * b.columns];
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      values[row * columns + column] =
        a.values[Math.floor(row / b.rows) * a.columns + Math.floor(column / b.columns)]! *
        b.values[(row % b.rows) * b.columns + (column % b.columns)]!;
    }
  }
  return { rows, columns, values };
}

/** A factor of LoKr as U·V: as it was trained, or itself times the identity on its shorter side. */
function halves(tensors: Tensors, name: string): [Float64Matrix, Float64Matrix] {
  const whole = tensors[name];
  if (!whole) return [matrixOf(tensors[`${name}_a`]!), matrixOf(tensors[`${name}_b`]!)];
  const matrix = matrixOf(whole);
  return matrix.rows < matrix.columns ? [identity(matrix.rows), matrix] : [matrix, identity(matrix.columns)];
}

function identity(size: number): Float64Matrix {
  const values = Float64Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? 1 : 0));
  return { rows: size, columns: size, values };
}

/** With B = Q₁R₁ and Aᵀ = Q₂R₂, B·A = Q₁(R₁R₂ᵀ)Q₂ᵀ: only the small middle is decomposed. */
function truncated({ A, B, scale }: Exact, rank: number): Exact & { relativeError: number } {
  const [left, right] = [reducedQr(B), reducedQr(transposed(A))];
  const middle = product(left.r, transposed(right.r));
  const all = truncatedSvd(middle, Math.min(middle.rows, middle.columns));
  const kept = Math.min(rank, all.rank);
  const square = (values: Float64Array) => values.reduce((sum, x) => sum + x * x, 0);
  const total = square(all.singularValues);
  // Each side gets the root of the singular value, so that neither overflows half precision.
  const U = Float64Array.from({ length: middle.rows * kept }, (_, at) => {
    const [row, k] = [Math.floor(at / kept), at % kept];
    return all.left[row * all.rank + k]! * Math.sqrt(all.singularValues[k]!);
  });
  const V = all.right
    .slice(0, kept * middle.columns)
    .map((x, at) => x * Math.sqrt(all.singularValues[Math.floor(at / middle.columns)]!));
  return {
    B: product(left.q, { rows: middle.rows, columns: kept, values: U }),
    A: product({ rows: kept, columns: middle.columns, values: V }, transposed(right.q)),
    scale,
    relativeError: total === 0 ? 0 : Math.sqrt(square(all.singularValues.slice(kept)) / total),
  };
}
