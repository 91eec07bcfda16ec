import { ArgumentError } from "@loam/core";
import type { AdapterTensors, Keeper, TensorValue } from "../../layers/method.ts";
import { prefix } from "../../layers/trained-modules.ts";
import type { AdaloraConfig } from "./config.ts";

/** Running means of |w·∂L/∂w| and of how far it strays. */
interface Importance {
  mean: Float32Array;
  deviation: Float32Array;
}

/**
 * AdaLoRA's rank allocator (arXiv:2303.10512 §3.2–3.3). Each singular value's score is its own importance plus the mean
 * importance of its row of A and column of B; the budget falls on a cubic curve between `tinit` and `total − tfinal`, and
 * values below it are set to zero. In between they may grow back; in the last `tfinal` steps the choice is final.
 */
export class RankAllocator implements Keeper<AdaloraConfig> {
  #config: AdaloraConfig;
  readonly #totalSteps: number;
  readonly #importance = new Map<string, Importance>();

  constructor(
    config: AdaloraConfig,
    { totalSteps, saved = {} }: { totalSteps: number; saved?: AdapterTensors<TensorValue> },
  ) {
    if (config.tinit + config.tfinal >= totalSteps) {
      throw new ArgumentError(
        "tinit + tfinal",
        config.tinit + config.tfinal,
        `less than the ${totalSteps} steps of the training`,
        "leave steps in between for the ranks to move",
      );
    }
    this.#config = { ...config, total_step: totalSteps };
    this.#totalSteps = totalSteps;
    for (const [key, { data }] of Object.entries(saved)) {
      const tensor = key.slice(0, key.lastIndexOf("/"));
      if (key.endsWith("/mean"))
        this.#importance.set(tensor, { mean: data, deviation: saved[`${tensor}/deviation`]!.data });
    }
  }

  config(): AdaloraConfig {
    return this.#config;
  }

  save(): Record<string, TensorValue> {
    return Object.fromEntries(
      Array.from(this.#importance).flatMap(([key, { mean, deviation }]) => [
        [`${key}/mean`, { shape: [mean.length], data: mean }],
        [`${key}/deviation`, { shape: [deviation.length], data: deviation }],
      ]),
    );
  }

  /** How many singular values all layers may have together after a step, and whether the step cuts down to it. */
  budget(step: number, layers: number): { budget: number; cuts: boolean } {
    const { init_r, target_r, tinit, tfinal, deltaT } = this.#config;
    const [initial, target] = [init_r * layers, target_r * layers];
    const end = this.#totalSteps - tfinal;
    if (step <= tinit) return { budget: initial, cuts: false };
    if (step > end) return { budget: target, cuts: true };
    const left = 1 - (step - tinit) / (end - tinit);
    return { budget: Math.trunc((initial - target) * left ** 3 + target), cuts: step % deltaT === 0 };
  }

  afterStep({
    step,
    params,
    grads,
  }: Parameters<Keeper<AdaloraConfig>["afterStep"]>[0]): ReturnType<Keeper<AdaloraConfig>["afterStep"]> {
    const end = this.#totalSteps - this.#config.tfinal;
    const names = Object.keys(params).filter((key) => key.endsWith(".lora_E"));
    if (step < end) this.#observe(params, grads);
    const { budget, cuts } = this.budget(step, names.length);
    if (step <= end && (cuts || step === end)) {
      // A run of one step has seen no gradient before its last: it keeps the ranks it came with.
      const pattern = this.#importance.size > 0 ? this.#choose(params, names, budget) : undefined;
      if (pattern) this.#config = { ...this.#config, rank_pattern: pattern };
    } else if (step <= end) return undefined;
    const pattern = this.#config.rank_pattern;
    if (!pattern) return undefined;
    const masked = names.map((name): [string, TensorValue] => {
      const { shape, data } = params[name]!;
      return [name, { shape, data: data.map((x, i) => (pattern[patternName(name)]![i] ? x : 0)) }];
    });
    return { params: { ...params, ...Object.fromEntries(masked) }, optimiser: "continue" };
  }

  #observe(params: AdapterTensors<TensorValue>, grads: AdapterTensors<TensorValue>): void {
    const { beta1, beta2 } = this.#config;
    for (const [key, { data }] of Object.entries(params)) {
      if (!key.includes(".lora_")) continue;
      const gradient = grads[key]!.data;
      let known = this.#importance.get(key);
      if (!known) {
        known = { mean: new Float32Array(data.length), deviation: new Float32Array(data.length) };
        this.#importance.set(key, known);
      }
      const { mean, deviation } = known;
      for (let i = 0; i < data.length; i++) {
        const now = Math.fround(Math.abs(data[i]! * gradient[i]!));
        mean[i] = beta1 * mean[i]! + (1 - beta1) * now;
        deviation[i] = beta2 * deviation[i]! + (1 - beta2) * Math.abs(now - mean[i]!);
      }
    }
  }

  /** Which values stay: those above the k-th smallest score, where k is what the budget takes away. */
  #choose(
    params: AdapterTensors<TensorValue>,
    names: readonly string[],
    budget: number,
  ): Record<string, boolean[]> | undefined {
    const scores = new Map(names.map((name) => [name, this.#scores(params, name)]));
    const all = Float32Array.from([...scores.values()].flatMap((of) => Array.from(of))).sort();
    const threshold = all[this.#config.init_r * names.length - budget - 1];
    if (threshold === undefined) return undefined;
    return Object.fromEntries(
      Array.from(scores, ([name, of]) => [patternName(name), Array.from(of, (score) => score > threshold)]),
    );
  }

  #scores(params: AdapterTensors<TensorValue>, name: string): Float32Array {
    const layer = name.slice(0, -".lora_E".length);
    const [A, B, E] = ["lora_A", "lora_B", "lora_E"].map((part) => this.#elementScores(`${layer}.${part}`));
    const r = params[name]!.shape[0]!;
    const I = params[`${layer}.lora_A`]!.shape[1]!;
    const O = params[`${layer}.lora_B`]!.shape[0]!;
    return Float32Array.from({ length: r }, (_, k) => {
      let [ofA, ofB] = [0, 0];
      for (let i = 0; i < I; i++) ofA += A!(k * I + i);
      for (let o = 0; o < O; o++) ofB += B!(o * r + k);
      return E!(k) + ofA / I + ofB / O;
    });
  }

  #elementScores(key: string): (i: number) => number {
    const { mean, deviation } = this.#importance.get(key)!;
    return (i) => mean[i]! * deviation[i]!;
  }
}

/** `rank_pattern` names each E without PEFT's prefix. */
const patternName = (key: string): string => (key.startsWith(prefix) ? key.slice(prefix.length) : key);

/** Tensors without the singular values that the pattern has cut, as PEFT saves them. */
export function shrinkRanks(
  tensors: AdapterTensors<TensorValue>,
  pattern: Readonly<Record<string, boolean[]>>,
): Record<string, TensorValue> {
  return Object.fromEntries(
    Object.entries(tensors).map(([key, tensor]) => {
      const [, layer, part] = /^(.*)\.lora_([ABE])$/.exec(key) ?? [];
      const kept = layer === undefined ? undefined : pattern[patternName(`${layer}.lora_E`)];
      if (!kept || kept.length !== tensor.shape[part === "B" ? 1 : 0]) return [key, tensor];
      return [key, part === "B" ? pickColumns(tensor, kept) : pickRows(tensor, kept)];
    }),
  );
}

function pickRows({ shape, data }: TensorValue, kept: readonly boolean[]): TensorValue {
  const width = shape[1]!;
  const rows = kept.flatMap((keep, row) => (keep ? [row] : []));
  const picked = new Float32Array(rows.length * width);
  for (const [at, row] of rows.entries()) picked.set(data.subarray(row * width, (row + 1) * width), at * width);
  return { shape: [rows.length, width], data: picked };
}

function pickColumns({ shape, data }: TensorValue, kept: readonly boolean[]): TensorValue {
  const [rows, width] = shape as [number, number];
  const columns = kept.flatMap((keep, column) => (keep ? [column] : []));
  return {
    shape: [rows, columns.length],
    data: Float32Array.from({ length: rows * columns.length }, (_, i) => {
      const row = Math.floor(i / columns.length);
      return data[row * width + columns[i % columns.length]!]!;
    }),
  };
}
