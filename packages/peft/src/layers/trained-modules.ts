import { InputError, nearestName } from "@loam/core";
import { parameterShapes } from "@loam/models";
import { type EmbeddingLayer, headOf, type LinearLayer } from "./linear-layers.ts";
import type { AdapterConfig, BaseModel } from "./method.ts";
import { isWithin, matchTargets, type TargetSpec } from "./targets.ts";
import { keptTied, tiedLayers } from "./tied-weights.ts";

/** What stands before a module's path in adapter files. */
export const prefix = "base_model.model.";

/** What an adapter's method goes on. */
export interface AdaptedLayers {
  linear: LinearLayer[];
  embeddings: EmbeddingLayer[];
  /** Heads whose change is that of their embedding table (`ensure_weight_tying`). */
  tied: LinearLayer[];
}

/** The linear layers that the config's `target_modules` choose. */
function targetsOf(base: BaseModel, config: AdapterConfig): LinearLayer[] {
  return adaptedLayers(base, config).linear;
}

/**
 * What the config's `target_modules` choose.
 *
 * @param embeddings whether the method can change embedding tables
 */
export function adaptedLayers(
  base: BaseModel,
  config: AdapterConfig,
  { embeddings = false }: { embeddings?: boolean } = {},
): AdaptedLayers {
  const tied = embeddings && keptTied(base, config) === "targets" ? tiedLayers(base) : [];
  const tables = new Set(tied.map(({ weight }) => weight));
  const spec: TargetSpec = {
    targetModules: config.target_modules as string[] | string,
    excludeModules: config.exclude_modules as string[] | undefined,
    layersToTransform: config.layers_to_transform as number[] | undefined,
    layersPattern: config.layers_pattern as string[] | undefined,
  };
  const isPlainName = spec.targetModules !== "all-linear";
  const modules = [
    ...base.linearLayers.map(({ path }) => path),
    ...(embeddings && isPlainName ? base.embeddings.map(({ path }) => path) : []),
  ];
  const saved = (config.modules_to_save as string[] | null | undefined) ?? [];
  const chosen = new Set(
    matchTargets(modules, spec, { outputHead: headOf(base)?.path }).filter((path) => !isWithin(path, saved)),
  );
  return {
    linear: base.linearLayers.filter((layer) => chosen.has(layer.path) && !tied.includes(layer)),
    embeddings: base.embeddings.filter(({ path }) => chosen.has(path) || tables.has(`${path}.weight`)),
    tied,
  };
}

/**
 * Keys of base tensors that a config trains whole beside its layers, and their names in the base: biases (`bias`) and modules
 * (`modules_to_save`). A head without a weight of its own begins as the table that it shares.
 */
export function wholeTensors(base: BaseModel, config: AdapterConfig): Record<string, string> {
  return { ...trainedBiases(base, config), ...savedModules(base, config) };
}

/**
 * Keys of the tensors that are in the file a second time, and whose copies they are (`ensure_weight_tying`). PEFT writes them
 * for tables of any name, and reads them for those called `embed_tokens` only.
 */
export function copiedTensors(base: BaseModel, config: AdapterConfig): Record<string, string> {
  if (config.ensure_weight_tying !== true) return {};
  return Object.fromEntries(tiedLayers(base).map(({ path, weight }) => [`${prefix}${path}.weight`, prefix + weight]));
}

/**
 * Keys of the biases that are trained too, and their names in the base: `bias: "lora_only"` those of adapted layers, `"all"`
 * every bias of a linear layer.
 */
function trainedBiases(base: BaseModel, config: AdapterConfig): Record<string, string> {
  if (config.bias === undefined || config.bias === "none") return {}; // "all", or the method's own "…_only"
  const targets = new Set(targetsOf(base, config).map((layer) => layer.path));
  const layers = base.linearLayers.filter(
    ({ path, hasBias }) => hasBias && (config.bias === "all" || targets.has(path)),
  );
  return Object.fromEntries(
    layers.map(({ path }) => [
      prefix + (targets.has(path) ? `${path}.base_layer.bias` : `${path}.bias`),
      `${path}.bias`,
    ]),
  );
}

/**
 * Keys of the modules that are trained whole (`modules_to_save`: an output head, a norm, a block), and their names in the base.
 * As in PEFT 0.21 (`_set_trainable`) a module is meant when its path ends so, wherever its last name begins.
 *
 * @throws {InputError} `no_target` when a name is that of no module with weights of its own.
 */
function savedModules(base: BaseModel, config: AdapterConfig): Record<string, string> {
  let asked = (config.modules_to_save as string[] | null | undefined) ?? [];
  if (asked.length === 0) return {};
  const { model } = base;
  const tied = tiedLayers(base);
  if (keptTied(base, config) === "modules") {
    asked = asked.filter((name) => !tied.some(({ path }) => isWithin(path, [name])));
    asked = [...new Set([...asked, ...tied.map(({ weight }) => moduleOf(weight))])];
  }
  const sources = new Map<string, string>();
  for (const name of Object.keys(parameterShapes(model))) sources.set(name, name);
  for (const { path, weight, hasBias } of base.linearLayers) {
    sources.set(`${path}.weight`, weight);
    if (hasBias) sources.set(`${path}.bias`, `${path}.bias`);
  }
  const names = [...sources.keys()].filter((name) => model.parameters.has(sources.get(name)!));
  const saved: Record<string, string> = {};
  for (const module of asked) {
    const found = names.filter((name) => modulesAround(name).some((path) => path.endsWith(module)));
    if (found.length === 0) throw noModule(module, names, model.name);
    for (const name of found) saved[prefix + name] = sources.get(name)!;
  }
  return saved;
}

const moduleOf = (name: string): string => name.slice(0, name.lastIndexOf("."));

/** `a.b.weight` → `a.b`, `a`. */
function modulesAround(name: string): string[] {
  const parts = name.split(".").slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join("."));
}

function noModule(module: string, names: readonly string[], model: string): InputError {
  const modules = [...new Set(names.map((name) => name.split(".").at(-2)!))];
  const near = nearestName(module, modules);
  return new InputError("no_target", `modules_to_save names "${module}", which has no weights in ${model}.`, {
    details: { module, modules },
    hint: near ? `did you mean "${near}"?` : `there are ${modules.join(", ")}`,
  });
}
