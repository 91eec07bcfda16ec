import { InputError } from "@loam/core";
import { add, type Shape } from "@loam/graph";
import { parameterShapes } from "@loam/models";
import { fieldsOf, parseConfig } from "../../layers/config.ts";
import type { AdapterMethod, BaseModel, TensorValue } from "../../layers/method.ts";
import { overlay } from "../../layers/overlay.ts";
import { isNamed } from "../../layers/targets.ts";
import { BitfitConfig } from "./config.ts";

/** BitFit (arXiv:2106.10199): trains every bias, of linear layers and norms, and nothing else. Tensors are named as in the base. */
export const bitfit: AdapterMethod<BitfitConfig> = {
  type: "BITFIT",
  summary: "the model's biases only",
  identityAtInit: true,
  fields: fieldsOf(BitfitConfig),
  readConfig: (json) => parseConfig(BitfitConfig, json),
  async init(base, config) {
    const tensors: Record<string, TensorValue> = {};
    for (const name of biasesOf(base)) tensors[name] = await base.read(name);
    for (const { path, hasBias, outFeatures } of base.linearLayers) {
      if (!hasBias && isNamed(path, config.add_biases))
        tensors[`${path}.bias`] = { shape: [outFeatures], data: new Float32Array(outFeatures) };
    }
    if (Object.keys(tensors).length > 0) return tensors;
    const names = [...new Set(base.linearLayers.map(({ path }) => path.slice(path.lastIndexOf(".") + 1)))];
    throw new InputError("no_bias", `${base.model.name} has no biases to train.`, {
      details: { names },
      hint: `set \`add_biases\` to give zero biases to some of ${names.join(", ")}`,
    });
  },
  shapes(base, config) {
    const shapes: Record<string, Shape> = {};
    for (const name of biasesOf(base)) shapes[name] = base.model.parameters.get(name).shape;
    for (const { path, hasBias, outFeatures } of base.linearLayers)
      if (!hasBias && isNamed(path, config.add_biases)) shapes[`${path}.bias`] = [outFeatures];
    return shapes;
  },
  attach(base, _config, tensors) {
    const added = new Set(base.linearLayers.filter((layer) => !layer.hasBias).map(({ path }) => `${path}.bias`));
    const own = Object.fromEntries(Object.entries(tensors).filter(([name]) => !added.has(name)));
    return {
      parameters: overlay(base.model.parameters, own),
      hooks: {
        linear: (path, x, forward) => {
          const bias = added.has(`${path}.bias`) ? tensors[`${path}.bias`] : undefined;
          return bias ? add(forward(x), bias) : forward(x);
        },
      },
    };
  },
  merge: (_base, _config, tensors) => ({ ...tensors }),
};

/** Names of the biases that the architecture knows and the checkpoint has. */
function biasesOf({ model }: BaseModel): string[] {
  return Object.keys(parameterShapes(model)).filter((name) => name.endsWith(".bias") && model.parameters.has(name));
}
