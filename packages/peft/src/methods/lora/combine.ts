import { ArgumentError, InputError, Rng, show } from "@loam/core";
import type { AdapterTensors, TensorValue } from "../../layers/method.ts";
import { combineThroughSvd } from "./combine-svd.ts";
import { type LoraConfig, rankOf, scalingOf } from "./config.ts";
import { concatenated, type Part, withColumns, withRows } from "./lora-pairs.ts";
import { type Arithmetic, combineTensors } from "./task-arithmetic.ts";

/** The ways of PEFT's `add_weighted_adapter`. */
export const combinationTypes = [
  "linear",
  "cat",
  "svd",
  "ties",
  "ties_svd",
  "dare_linear",
  "dare_linear_svd",
  "dare_ties",
  "dare_ties_svd",
  "magnitude_prune",
  "magnitude_prune_svd",
] as const;
export type CombinationType = (typeof combinationTypes)[number];

export interface CombineOptions {
  type?: CombinationType;
  /** The rank of the `…svd` types; left out, the largest of the adapters'. */
  svdRank?: number;
  /** Clips the factors of the `…svd` types at this quantile of their entries, in (0, 1]. */
  svdClamp?: number;
  density?: number;
  majoritySign?: "total" | "frequency";
  /** What `dare_…` keeps is a function of this. */
  seed?: number;
}

/** One of the adapters that are combined. */
export interface WeightedLora {
  config: LoraConfig;
  tensors: AdapterTensors<TensorValue>;
  /** Any sign. */
  weight: number;
}

/**
 * Makes one LoRA of several, as `add_weighted_adapter` of PEFT 0.21 (`tuners/lora/model.py`):
 * - `linear` (and its pruning kin): A = Σ ±√|wᵢsᵢ|·Aᵢ, B = Σ √|wᵢsᵢ|·Bᵢ. Its update holds cross terms; for one adapter it is exact.
 * - `cat`: A = [wᵢsᵢAᵢ], B = [Bᵢ], the sum of the ranks; exactly Σ wᵢΔWᵢ.
 * - `svd`: the best approximation of Σ wᵢΔWᵢ of the rank asked for; A = Vᵀ, B = US.
 *
 * Pruning of `…svd` types looks at the whole updates ΔW, of the others at A and B. The result has α = r without rsLoRA, so that
 * it is multiplied by 1 (PEFT had s twice in `svd` before huggingface/peft#3111, and √r with rsLoRA before #3449). It keeps the
 * first adapter's other options and adapts every layer that one of them adapts; pairs of fewer rows than `r` are filled up with
 * zeros. With one adapter, types without `svd` are `linear`.
 *
 * @throws {InputError} `cannot_combine` for ranks that differ where they must not, DoRA, trained biases, and layers that two
 *   adapters replace whole. @throws {ArgumentError} for bad options.
 */
export function combineLoras(
  adapters: readonly WeightedLora[],
  { type: asked = "svd", svdRank, svdClamp, density, majoritySign, seed = 0 }: CombineOptions = {},
): { config: LoraConfig; tensors: Record<string, TensorValue> } {
  if (adapters.length === 0) throw new ArgumentError("adapters", adapters, "at least one adapter");
  for (const adapter of adapters) checkAdapter(adapter);
  const type = adapters.length === 1 && !asked.endsWith("svd") ? "linear" : asked;
  const ranks = adapters.map(({ config }) => Math.max(config.r, ...Object.values(config.rank_pattern ?? {})));
  const r = rankOfResult(type, ranks, svdRank);
  const rng = new Rng(seed);
  const tensors: Record<string, TensorValue> = {};
  for (const [layer, parts] of partsByLayer(adapters)) {
    const options = { density, majoritySign, rng };
    const { A, B } =
      type === "cat"
        ? concatenated(parts)
        : type.endsWith("svd")
          ? combineThroughSvd(type, parts, r, { ...options, svdClamp })
          : summed(type as Arithmetic, parts, layer, options);
    tensors[`${layer}.lora_A.weight`] = withRows(A, r);
    tensors[`${layer}.lora_B.weight`] = withColumns(B, r);
  }
  Object.assign(tensors, wholeModules(adapters));
  const [first] = adapters;
  return {
    config: {
      ...first!.config,
      r,
      lora_alpha: r,
      use_rslora: false,
      init_lora_weights: true,
      target_modules: joinTargets(adapters.map(({ config }) => config.target_modules)),
      rank_pattern: {},
      alpha_pattern: {},
    },
    tensors,
  };
}

function checkAdapter({ config, tensors, weight }: WeightedLora): void {
  if (!Number.isFinite(weight)) throw new ArgumentError("weight", weight, "a finite number");
  const refuse = (reason: string, hint: string): never => {
    throw new InputError("cannot_combine", `An adapter ${reason}, which cannot be added up.`, { hint });
  };
  if (config.use_dora) refuse("rescales its outputs (use_dora)", "merge it into the base first");
  if (config.lora_bias || config.bias !== "none") refuse("trains biases", "combine adapters with bias: none");
  if (Object.keys(tensors).some((key) => key.endsWith(".initial")))
    refuse("starts from the base's weights", "make it a plain LoRA first");
}

function rankOfResult(type: CombinationType, ranks: readonly number[], svdRank: number | undefined): number {
  if (type === "cat") return ranks.reduce((sum, rank) => sum + rank, 0);
  if (type.endsWith("svd")) {
    const rank = svdRank ?? Math.max(...ranks);
    if (!Number.isInteger(rank) || rank < 1) throw new ArgumentError("svdRank", svdRank, "a positive integer");
    return rank;
  }
  if (new Set(ranks).size > 1) {
    throw new InputError("cannot_combine", `${type} needs adapters of one rank, but these have ${ranks.join(", ")}.`, {
      details: { ranks },
      hint: "choose cat or svd",
    });
  }
  return ranks[0]!;
}

const pairKey = /^(.*)\.lora_A\.weight$/;

function partsByLayer(adapters: readonly WeightedLora[]): Map<string, Part[]> {
  const layers = new Map<string, Part[]>();
  for (const { config, tensors, weight } of adapters) {
    for (const [key, A] of Object.entries(tensors)) {
      const layer = pairKey.exec(key)?.[1];
      if (layer === undefined) continue;
      const B = tensors[`${layer}.lora_B.weight`]!;
      const path = layer.replace(/^base_model\.model\./, "");
      const earlier = layers.get(layer)?.[0];
      if (earlier && (earlier.A.shape[1] !== A.shape[1] || earlier.B.shape[0] !== B.shape[0])) {
        throw new InputError(
          "cannot_combine",
          `${path} is [${earlier.B.shape[0]}, ${earlier.A.shape[1]}] in one adapter and [${B.shape[0]}, ${A.shape[1]}] in another.`,
          { hint: "combine adapters of one base model" },
        );
      }
      if (rankOf(config, path) !== A.shape[0])
        throw new InputError("cannot_combine", `${key} is ${show(A.shape)}, not of the rank that its config states.`, {
          hint: "save the adapter again; its file and its config are not of one training",
        });
      layers.set(layer, [...(layers.get(layer) ?? []), { A, B, weight, scale: scalingOf(config, path) }]);
    }
  }
  return layers;
}

function summed(
  type: Arithmetic,
  parts: readonly Part[],
  layer: string,
  options: Parameters<typeof combineTensors>[3],
): { A: TensorValue; B: TensorValue } {
  const ranks = parts.map(({ A }) => A.shape[0]!);
  if (new Set(ranks).size > 1) {
    throw new InputError("cannot_combine", `${type} needs one rank, but ${layer} has ${ranks.join(", ")}.`, {
      hint: "choose cat or svd",
    });
  }
  // A negative weight turns one side only: turned twice, signs would cancel.
  const roots = parts.map(({ weight, scale }) => Math.sqrt(Math.abs(weight * scale)));
  const signed = parts.map(({ weight, scale }, i) => (weight * scale >= 0 ? roots[i]! : -roots[i]!));
  const of = (side: "A" | "B", weights: readonly number[]): TensorValue => ({
    shape: parts[0]![side].shape,
    data: combineTensors(
      type,
      parts.map((part) => part[side].data),
      weights,
      options,
    ),
  });
  return { A: of("A", signed), B: of("B", roots) };
}

/** Modules that one adapter replaces whole come along. */
function wholeModules(adapters: readonly WeightedLora[]): Record<string, TensorValue> {
  const modules: Record<string, TensorValue> = {};
  for (const { tensors } of adapters) {
    for (const [key, tensor] of Object.entries(tensors)) {
      if (key.includes(".lora_")) continue;
      if (modules[key])
        throw new InputError("cannot_combine", `Two adapters replace "${key}" whole (modules_to_save).`, {
          hint: "combine adapters of which one at most does",
        });
      modules[key] = tensor;
    }
  }
  return modules;
}

/** Names together, or one regular expression for all. */
function joinTargets(targets: readonly LoraConfig["target_modules"][]): LoraConfig["target_modules"] {
  const expressions = targets.filter((target) => typeof target === "string");
  if (expressions.length === 0) return [...new Set(targets.flat())].sort();
  if (new Set(targets.map(String)).size === 1) return targets[0]!;
  if (expressions.length < targets.length || expressions.includes("all-linear")) {
    throw new InputError("cannot_combine", `target_modules ${targets.map(show).join(" and ")} cannot be joined.`, {
      hint: "name the modules in all adapters, or give each one regular expression",
    });
  }
  return targets.map((target) => `(${target})`).join("|");
}
