import { type OnProgress, ProgressMeter, throwIfCancelled } from "@loam/core";
import { compile, floats, mul, reduceSum, sub, type Tensor } from "@loam/graph";
import type { AdapterTensors, BaseModel, TensorValue } from "../layers/method.ts";
import { frozen } from "../numbers/tensor-value.ts";
import { type Adapter, readAdapter } from "./adapter-files.ts";
import { fitAdapter } from "./fit-adapter.ts";

/** How two adapters change one weight of their base, or hold one tensor. */
export interface TensorDifference {
  name: string;
  /** Frobenius norms of the change by each; 0 where an adapter leaves the weight alone. */
  normA: number;
  normB: number;
  /** ‖A − B‖. */
  distance: number;
  /** In [−1, 1]; null where one of them is zero. */
  cosine: number | null;
}

export interface AdapterDifference {
  /** Fields of the configs that differ, in the order of their names; undefined where one has no such field. */
  config: { field: string; a: unknown; b: unknown }[];
  /**
   * "weights": `entries` are what the adapters do to each weight of the base, ΔW. "tensors": the adapters' own tensors, where
   * there is no base at hand or a method that is no change of weights; these say less, since the same ΔW has many factorisations.
   */
  compared: "weights" | "tensors";
  entries: TensorDifference[];
  /** Over all entries. */
  total: Omit<TensorDifference, "name">;
}

/**
 * What sets two adapters apart: their options, and the change that each makes, weight by weight.
 *
 * @param base with it, changes of the base's weights are compared, whatever the methods; without it, tensors of the same name.
 */
export async function diffAdapters(
  folderA: string,
  folderB: string,
  { base, onProgress, signal }: { base?: BaseModel; onProgress?: OnProgress; signal?: AbortSignal } = {},
): Promise<AdapterDifference> {
  const read = async (folder: string) => (base ? fitAdapter(base, await readAdapter(folder)) : readAdapter(folder));
  const [a, b] = [await read(folderA), await read(folderB)];
  const config = configDifferences(a.config, b.config);
  const canMerge = base && a.method.merge && b.method.merge;
  const entries: TensorDifference[] = [];
  const add = (name: string, { aa, bb, ab }: Products) =>
    entries.push({ name, ...relation({ aa, bb, ab }) }) && addTo(total, { aa, bb, ab });
  const total: Products = { aa: 0, bb: 0, ab: 0 };
  if (canMerge) {
    const [changedA, changedB] = [changed(a, base), changed(b, base)];
    const names = [...new Set([...Object.keys(changedA), ...Object.keys(changedB)])];
    const meter = new ProgressMeter(onProgress, { task: "compare", unit: "weight", total: names.length });
    for (const name of names) {
      throwIfCancelled(signal, "Comparing");
      const { parameters } = base.model;
      const weight = parameters.has(name) ? parameters.get(name) : undefined;
      add(name, await deltaProducts(weight, changedA[name], changedB[name]));
      meter.advance();
    }
  } else {
    for (const name of new Set([...Object.keys(a.tensors), ...Object.keys(b.tensors)]))
      add(name, tensorProducts(name, a.tensors, b.tensors));
  }
  return { config, compared: canMerge ? "weights" : "tensors", entries, total: relation(total) };
}

/** ⟨A, A⟩, ⟨B, B⟩ and ⟨A, B⟩ of two changes. */
interface Products {
  aa: number;
  bb: number;
  ab: number;
}

function relation({ aa, bb, ab }: Products): Omit<TensorDifference, "name"> {
  return {
    normA: Math.sqrt(aa),
    normB: Math.sqrt(bb),
    distance: Math.sqrt(Math.max(0, aa + bb - 2 * ab)),
    cosine: aa === 0 || bb === 0 ? null : Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb))),
  };
}

function addTo(total: Products, { aa, bb, ab }: Products): void {
  total.aa += aa;
  total.bb += bb;
  total.ab += ab;
}

function changed({ method, config, tensors }: Adapter, base: BaseModel): Record<string, Tensor> {
  return method.merge!(base, config, frozen(tensors));
}

/**
 * One weight at a time: a whole model's worth would be in memory otherwise.
 *
 * @param weight left out where the base has no such weight (biases that an adapter adds).
 */
async function deltaProducts(
  weight: Tensor | undefined,
  a: Tensor | undefined,
  b: Tensor | undefined,
): Promise<Products> {
  const program = await compile(
    (_: Record<string, Tensor>) => {
      const [deltaA, deltaB] = [a, b].map((merged) => (merged && weight ? sub(merged, weight) : merged));
      return {
        ...(deltaA && { aa: reduceSum(mul(deltaA, deltaA)) }),
        ...(deltaB && { bb: reduceSum(mul(deltaB, deltaB)) }),
        ...(deltaA && deltaB && { ab: reduceSum(mul(deltaA, deltaB)) }),
      };
    },
    { inputs: {} },
  );
  try {
    const { aa, bb, ab } = (await program({})) as Partial<Record<keyof Products, Parameters<typeof floats>[0]>>;
    const number = (value: typeof aa) => (value ? floats(value)[0]! : 0);
    return { aa: number(aa), bb: number(bb), ab: number(ab) };
  } finally {
    await program.close();
  }
}

function tensorProducts(name: string, a: AdapterTensors<TensorValue>, b: AdapterTensors<TensorValue>): Products {
  const [x, y] = [a[name]?.data, b[name]?.data];
  const sameShape = a[name]?.shape.join() === b[name]?.shape.join();
  return { aa: dot(x, x), bb: dot(y, y), ab: sameShape ? dot(x, y) : 0 };
}

function dot(x: Float32Array | undefined, y: Float32Array | undefined): number {
  let sum = 0;
  if (x && y) for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  return sum;
}

function configDifferences(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
): AdapterDifference["config"] {
  const fields = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return fields
    .filter((field) => JSON.stringify(normal(a[field])) !== JSON.stringify(normal(b[field])))
    .map((field) => ({ field, a: a[field], b: b[field] }));
}

/** Lists of names mean the same in any order, and null the same as nothing. */
const normal = (value: unknown): unknown =>
  value === null ? undefined : Array.isArray(value) ? [...value].sort() : value;
