import { parameterShapes } from "@loam/models";
import { fieldsOf, isUnused, parseConfig, refuseUnsupported } from "../../layers/config.ts";
import type { AdapterMethod, BaseModel, TensorValue } from "../../layers/method.ts";
import { overlay } from "../../layers/overlay.ts";
import { matchTargets } from "../../layers/targets.ts";
import { prefix } from "../../layers/trained-modules.ts";
import { mapTensors } from "../../numbers/tensor-value.ts";
import { LnTuningConfig } from "./config.ts";

/**
 * LayerNorm tuning (arXiv:2312.11420): trains the weights and biases of the norms, and nothing else. The file holds them whole,
 * under the keys of PEFT 0.21 (`tuners/ln_tuning/layer.py`): `PATH.ln_tuning_layers.weight`.
 */
export const lnTuning: AdapterMethod<LnTuningConfig> = {
  type: "LN_TUNING",
  summary: "the model's norms only",
  fields: fieldsOf(LnTuningConfig),
  identityAtInit: true,
  readConfig(json) {
    refuseUnsupported("LN_TUNING", json, { modules_to_save: isUnused });
    return parseConfig(LnTuningConfig, json);
  },
  async init(base, config) {
    const tensors: Record<string, TensorValue> = {};
    for (const name of targetsOf(base, config)) tensors[keyOf(name)] = await base.read(name);
    return tensors;
  },
  shapes: (base, config) =>
    Object.fromEntries(targetsOf(base, config).map((name) => [keyOf(name), base.model.parameters.get(name).shape])),
  attach: (base, _config, tensors) => ({ parameters: overlay(base.model.parameters, byName(tensors)) }),
  merge: (_base, _config, tensors) => byName(tensors),
};

/** Names of the norms' tensors: all with one axis that are no linear layer's bias. */
function targetsOf({ model, linearLayers }: BaseModel, { target_modules, exclude_modules }: LnTuningConfig): string[] {
  const biases = new Set(linearLayers.map(({ path }) => `${path}.bias`));
  const shapes = parameterShapes(model);
  const names = Object.keys(shapes).filter(
    (name) => shapes[name]!.length === 1 && !biases.has(name) && model.parameters.has(name),
  );
  const modules = [...new Set(names.map(moduleOf))];
  const spec = { targetModules: target_modules ?? ".*", excludeModules: exclude_modules };
  const chosen = new Set(matchTargets(modules, spec, { kind: "norms" }));
  return names.filter((name) => chosen.has(moduleOf(name)));
}

const moduleOf = (name: string): string => name.slice(0, name.lastIndexOf("."));
const keyOf = (name: string): string =>
  `${prefix}${moduleOf(name)}.ln_tuning_layers${name.slice(name.lastIndexOf("."))}`;

/** Tensors by the names that they have in the base. */
function byName<T>(tensors: Readonly<Record<string, T>>): Record<string, T> {
  const names = mapTensors(
    tensors,
    (tensor, key) => [key.slice(prefix.length).replace(".ln_tuning_layers.", "."), tensor] as const,
  );
  return Object.fromEntries(Object.values(names));
}
